/// Numbers that are recorded of a network.
public protocol NetworkReadout: Sendable {
  var slots: Int { get }
  func read(_ network: NetworkState, into out: (Int, Double) -> Void)
}

/// The field of all components at points: slot p n + i.
public struct FieldReadout: NetworkReadout {
  public let points: [[Double]]
  public let components: Int

  public init(points: [[Double]], components: Int = 1) {
    self.points = points
    self.components = components
  }

  public var slots: Int { points.count * components }

  public func read(_ network: NetworkState, into out: (Int, Double) -> Void) {
    for (p, x) in points.enumerated() {
      for i in 0..<components { out(p * components + i, network.value(at: x, component: i)) }
    }
  }
}
