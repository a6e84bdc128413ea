/// Correlators of every order as symmetric tensors over slots point * outputs + output:
/// `full[n][i]` is E[f...f] and `connected[n][i]` the joint cumulant of tuple i of order n.
public struct CorrelatorTensors: Sendable {
  public var full: [[Double]]
  public var connected: [[Double]]

  public init(full: [[Double]], connected: [[Double]]) {
    self.full = full
    self.connected = connected
  }
}
