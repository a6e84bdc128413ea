import CSampling
import Foundation
import NumericalMethods

/// z itself.
public struct Linear: HiddenUnit {
  public static let name = "linear"
  public static let vectorCode = Int32(FW_LINEAR)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { z }

  public var isHomogeneous: Bool { true }
  public var growth: Growth { .linear(below: 1, above: 1) }

  public func slope(_ z: Double, variance: Double) -> Double { 1 }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries { z }

  public func gaussianPair(_ pair: PairCovariance) -> Double? { pair.c12 }

  public func gaussianSlopePair(_ pair: PairCovariance) -> Double? { 1 }
}
