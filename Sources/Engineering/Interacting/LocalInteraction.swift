import CSampling
import Ensembles
import Foundation
import NumericalMethods

/// A potential of the field at one point,
///
///     V(phi) = sum_k g_k |phi|^k / k! + formula(phi),        |phi|^2 = sum over components,
///
/// quadratic g_2, quartic g_4 and so on; odd powers and formulas take one component.
public struct LocalInteraction: Sendable, Hashable {
  /// g_k by the power k, 1 to 12.
  public private(set) var couplings: [Int: Double]
  /// Of phi (or x).
  public var formula: Formula?

  /// The highest power.
  public static let highestPower = 12

  public init(quadratic: Double = 0, quartic: Double = 0, sextic: Double = 0) {
    self.init(couplings: [2: quadratic, 4: quartic, 6: sextic])
  }

  /// - Precondition: powers are from 1 to 12.
  public init(couplings: [Int: Double], formula: Formula? = nil) {
    precondition(couplings.keys.allSatisfy { (1...Self.highestPower).contains($0) })
    self.couplings = couplings.filter { $0.value != 0 }
    self.formula = formula
  }

  public subscript(power: Int) -> Double { couplings[power] ?? 0 }

  /// Names it, the powers in order.
  public var name: String {
    let powers = couplings.sorted { $0.key < $1.key }.map {
      "phi\($0.key)=\(StreamText.number($0.value))"
    }
    return (powers + (formula.map { ["formula=\($0.text)"] } ?? [])).joined(separator: " ")
  }

  /// Whether V(-phi) = V(phi).
  public var isEven: Bool {
    guard couplings.keys.allSatisfy({ $0 % 2 == 0 }) else { return false }
    guard let formula else { return true }
    let unit = FormulaUnit(formula)
    for k in 1...64 {
      let x = 0.125 * Double(k) + 0.0123
      let (a, b) = (unit.value(x, variance: 1), unit.value(-x, variance: 1))
      if abs(a - b) > 1e-12 * (1 + abs(a)) { return false }
    }
    return true
  }

  /// Whether it is m^2 phi^2/2 + lambda phi^4/24 alone.
  public var isQuartic: Bool { formula == nil && couplings.keys.allSatisfy { $0 == 2 || $0 == 4 } }

  /// Whether the density exists at any width and amplitude: V does not fall without bound.
  public var isBoundedBelow: Bool { isBounded(beyond: 0) }

  /// Whether a quartic term that is not local, and not negative, would bound it: its own powers above the second
  /// do not fall.
  public var isBoundedBelowQuartic: Bool { isBounded(beyond: 2) }

  private func isBounded(beyond power: Int) -> Bool {
    if let formula {
      let unit = FormulaUnit(formula)
      func v(_ x: Double) -> Double { polynomial(x) + unit.value(x, variance: 1) }
      let near = (-40...40).map { v(0.2 * Double($0)) }.min() ?? 0
      return [-40, -20, 20, 40].allSatisfy { v($0) > near - 1e-6 * (1 + abs(near)) }
    }
    guard let top = couplings.keys.max(), top > power else { return true }
    return top % 2 == 0 && self[top] > 0
  }

  private func polynomial(_ phi: Double) -> Double {
    var sum = 0.0
    for (k, g) in couplings.sorted(by: { $0.key < $1.key }) {
      sum += g * pow(phi, Double(k)) / tgamma(Double(k + 1))
    }
    return sum
  }

  /// V of one component.
  public func callAsFunction(_ phi: Double) -> Double {
    polynomial(phi) + (formula.map { FormulaUnit($0).value(phi, variance: 1) } ?? 0)
  }

  /// dV/dphi of one component.
  public func slope(_ phi: Double) -> Double {
    var sum = 0.0
    for (k, g) in couplings.sorted(by: { $0.key < $1.key }) {
      sum += g * pow(phi, Double(k - 1)) / tgamma(Double(k))
    }
    if let formula {
      sum += FormulaUnit(formula).series(TaylorSeries(variable: phi), variance: 1).derivative(1)
    }
    return sum
  }

  /// The polynomial as the vectorised loops read it.
  var vector: fw_potential {
    var v = fw_potential()
    let even = couplings.keys.allSatisfy { $0 % 2 == 0 }
    let step = even ? 2 : 1
    v.even = even ? 1 : 0
    v.count = Int32(max(1, (couplings.keys.max() ?? 0) / step))
    withUnsafeMutableBytes(of: &v.coefficient) { bytes in
      let c = bytes.bindMemory(to: Double.self)
      for k in 0..<Int(v.count) {
        let power = (k + 1) * step
        c[k] = self[power] / tgamma(Double(power + 1))
      }
    }
    return v
  }
}
