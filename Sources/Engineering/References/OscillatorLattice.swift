import Foundation
import NumericalMethods

/// The anharmonic oscillator on a periodic time lattice,
///
///     S = sum_t a [ ((phi_(t+1) - phi_t)/a)^2/2 + m^2 phi^2/2 + lambda phi^4/24 ],
///
/// by its transfer matrix on a grid of field values, even and odd states apart: the trapezoidal rule converges
/// exponentially, and the grid is refined until it does.
public struct OscillatorLattice: Sendable {
  public let spacing: Double
  public let sites: Int
  /// <phi^2>, <phi^4>, with their numerical errors.
  public let second: Double
  public let fourth: Double
  public let secondError: Double
  public let fourthError: Double
  /// -log of the ratio of the two largest eigenvalues, over the spacing, with its numerical error.
  public let gap: Double
  public let gapError: Double
  private let coarse: TransferMatrix
  private let fine: TransferMatrix

  /// - Throws: `AnharmonicOscillator.Refused` for numbers out of range, or where no grid of 600 values above 0
  ///   resolves the transfer matrix.
  public init(massSquared: Double = 1, coupling: Double, spacing a: Double, sites: Int)
    throws(AnharmonicOscillator.Refused)
  {
    guard a > 0, a.isFinite, (2...1_000_000).contains(sites) else {
      throw AnharmonicOscillator.Refused(
        description: "expected a spacing above 0 and 2 to 1000000 sites, found \(a), \(sites)")
    }
    guard massSquared.isFinite, coupling.isFinite,
      coupling > 0 || (coupling == 0 && massSquared > 0)
    else {
      throw AnharmonicOscillator.Refused(
        description:
          "the potential must be bounded from below, found m^2 = \(massSquared), lambda = \(coupling)"
      )
    }
    var last: TransferMatrix?
    for points in [90, 135, 200, 300, 430, 600] {
      guard
        let next = TransferMatrix(
          massSquared: massSquared, coupling: coupling, spacing: a, sites: sites, points: points)
      else { break }
      if let old = last, next.agrees(with: old) {
        spacing = a
        self.sites = sites
        coarse = old
        fine = next
        second = next.second
        fourth = next.fourth
        gap = next.gap
        secondError = abs(next.second - old.second) + 1e-13 * next.second
        fourthError = abs(next.fourth - old.fourth) + 1e-13 * next.fourth
        gapError = abs(next.gap - old.gap) + next.rounding
        return
      }
      last = next
    }
    throw AnharmonicOscillator.Refused(
      description:
        "the transfer matrix at m^2 = \(massSquared), lambda = \(coupling) and spacing \(a) is not resolved; without a time lattice the oscillator has no spacing"
    )
  }

  /// <phi_0 phi_n> at distance n spacings, 0 <= n <= sites.
  public func correlator(_ n: Int) -> Double { fine.correlator(n) }

  /// The effective mass in lattice units, cosh m = [C(n - 1) + C(n + 1)]/(2 C(n)), 0 < n < sites.
  ///
  /// Every pair of states gives its part of cosh m - 1 without a difference of correlators.
  public func effectiveMass(_ n: Int) -> Double { fine.effectiveMass(n) }

  /// The numerical error of the correlator.
  public func correlatorError(_ n: Int) -> Double {
    let value = fine.correlator(n)
    return abs(coarse.correlator(n) - value) + 1e-12 * value
  }
}

/// Eigenvalues and matrix elements of the transfer matrix on one grid.
private struct TransferMatrix: Sendable {
  let sites: Int
  let spacing: Double
  let second: Double
  let fourth: Double
  let gap: Double
  /// Of the gap.
  let rounding: Double
  /// Relative to the largest eigenvalue, and <even| phi |odd>^2.
  private let even: [Double]
  private let odd: [Double]
  private let squares: [[Double]]

  init?(massSquared: Double, coupling: Double, spacing a: Double, sites: Int, points: Int) {
    self.sites = sites
    spacing = a
    // Above its lowest value, without cancellation.
    let bottom = massSquared < 0 ? -6 * massSquared / coupling : 0
    func potential(_ x: Double) -> Double {
      guard bottom > 0 else { return x * x * (0.5 * massSquared + coupling / 24 * x * x) }
      let d = x * x - bottom
      return coupling / 24 * d * d
    }
    // Far enough that the eigenvectors are beyond double precision, by the weight of a site or by their decay,
    // cosh(a psi'/psi) = 1 + a^2 V.
    let start = bottom.squareRoot()
    var width = 1e-6 * a.squareRoot()
    var decay = 0.0
    while decay < 40, a * potential(start + width) < 90 {
      decay += 0.05 * width * acosh(1 + a * a * potential(start + width)) / a
      width *= 1.05
    }
    let reach = start + width
    let h = reach / Double(points)
    guard h > 0, h.isFinite else { return nil }
    let grid = (0..<points).map { h * (Double($0) + 0.5) }
    let weights = grid.map { exp(-0.5 * a * potential($0)) }
    func kernel(_ i: Int, _ j: Int) -> Double {
      let d = grid[i] - grid[j]
      return h * exp(-d * d / (2 * a)) * weights[i] * weights[j]
    }
    // What the mirror image of j adds, relative to j.
    func image(_ i: Int, _ j: Int) -> Double { exp(-2 * grid[i] * grid[j] / a) }
    let plus = SymmetricMatrix(count: points) { kernel($0, $1) * (1 + image($0, $1)) }
    let minus = SymmetricMatrix(count: points) {
      -kernel($0, $1) * expm1(-2 * grid[$0] * grid[$1] / a)
    }
    guard let (p, pv) = plus.eigen(), let (m, mv) = minus.eigen(), let top = p.last, top > 0 else {
      return nil
    }
    func kept(_ values: [Double]) -> [Int] {
      values.indices.reversed().prefix(40).filter { values[$0] > 1e-15 * top }
    }
    let (pk, mk) = (kept(p), kept(m))
    guard !mk.isEmpty else { return nil }
    let even = pk.map { p[$0] / top }
    var odd = mk.map { m[$0] / top }
    (gap, rounding, odd[0]) = Self.gap(
      plus, minus, pv[pk[0]], mv[mk[0]], ratio: odd[0], spacing: a
    ) { kernel($0, $1) * image($0, $1) / top }
    func element(_ u: [Double], _ v: [Double], _ power: Int) -> Double {
      grid.indices.reduce(0) { $0 + u[$1] * v[$1] * pow(grid[$1], Double(power)) }
    }
    let n = Double(sites)
    let states = zip(even, pk).map { ($0, pv[$1]) } + zip(odd, mk).map { ($0, mv[$1]) }
    let z = states.reduce(0) { $0 + pow($1.0, n) }
    func mean(_ power: Int) -> Double {
      states.reduce(0) { sum, state in
        let weight = pow(state.0, n)
        return weight > 1e-17 ? sum + weight * element(state.1, state.1, power) : sum
      } / z
    }
    second = mean(2)
    fourth = mean(4)
    squares = pk.map { i in
      mk.map { j in
        let x = element(pv[i], mv[j], 1)
        return x * x
      }
    }
    self.even = even
    self.odd = odd
  }

  /// The gap; where it is small by the identity
  ///
  ///     t_e - t_o = 2 sum_(x, y > 0) psi_e(x) T(x, -y) psi_o(y) / sum_(x > 0) psi_e psi_o,
  ///
  /// in which nothing cancels: T is positive, and powers of it make both vectors right where they are small.
  /// - Returns: the gap, its rounding, and t_o/t_e.
  private static func gap(
    _ plus: SymmetricMatrix, _ minus: SymmetricMatrix, _ even: [Double], _ odd: [Double],
    ratio: Double, spacing: Double, across: (Int, Int) -> Double
  ) -> (Double, Double, Double) {
    guard ratio > 0.99 else { return (-log(ratio) / spacing, 4e-15 / ratio / spacing, ratio) }
    func settled(_ matrix: SymmetricMatrix, _ start: [Double]) -> [Double] {
      let n = start.count
      var v = start.map { abs($0) }
      for _ in 0..<2000 {
        var next = [Double](repeating: 0, count: n)
        for i in 0..<n {
          for j in 0..<n { next[i] += matrix.elements[i * n + j] * v[j] }
        }
        let norm = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
        var change = 0.0
        for i in 0..<n {
          next[i] /= norm
          if next[i] > 1e-290 { change = max(change, abs(next[i] - v[i]) / next[i]) }
        }
        v = next
        if change < 1e-13 { break }
      }
      return v
    }
    let (e, o) = (settled(plus, even), settled(minus, odd))
    var sum = 0.0
    for i in e.indices { for j in o.indices { sum += e[i] * across(i, j) * o[j] } }
    let difference = 2 * sum / zip(e, o).reduce(0) { $0 + $1.0 * $1.1 }
    let gap = -log1p(-difference) / spacing
    return (gap, 1e-11 * gap + 1e-300, 1 - difference)
  }

  /// Whether the gap and the moments are the same to nine digits.
  func agrees(with other: TransferMatrix) -> Bool {
    func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 * abs(a) }
    return near(second, other.second) && near(fourth, other.fourth) && near(gap, other.gap)
  }

  /// Of every pair of an even and an odd state the part of the correlator, times the partition function, and
  /// (t_e - t_o)^2/(4 t_e t_o), half of what a second difference of it is relative to it.
  private func parts(_ n: Int) -> [(value: Double, curvature: Double)] {
    let (there, back) = (Double(n), Double(sites - n))
    return even.indices.flatMap { i in
      odd.indices.map { j in
        let (a, b) = (even[i], odd[j])
        let apart = i == 0 && j == 0 ? -expm1(-gap * spacing) : a - b
        let value = squares[i][j] * (pow(a, back) * pow(b, there) + pow(b, back) * pow(a, there))
        return (value, apart * apart / (4 * a * b))
      }
    }
  }

  func correlator(_ n: Int) -> Double {
    let z = (even + odd).reduce(0) { $0 + pow($1, Double(sites)) }
    return parts(n).reduce(0) { $0 + $1.value } / z
  }

  func effectiveMass(_ n: Int) -> Double {
    let parts = parts(n)
    let half = parts.reduce(0) { $0 + $1.value * $1.curvature } / parts.reduce(0) { $0 + $1.value }
    // cosh m - 1 = 2 sinh^2(m/2).
    return 2 * asinh(half.squareRoot())
  }
}
