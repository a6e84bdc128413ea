import Foundation

extension Density {
  /// Cumulant of order n of scale times the standardised variate plus a mean; infinite where it does not
  /// exist.
  ///
  /// In closed form, since moments minus products of moments lose all digits where they cancel: a Gaussian has
  /// none beyond the second.
  public func cumulant(_ n: Int, scale: Double, mean: Double) -> Double {
    guard n > 1 else { return n == 1 ? mean : 1 }
    guard n % 2 == 0, scale > 0 else { return 0 }
    return standardizedCumulant(n) * pow(scale, Double(n))
  }

  /// B_2, B_4, ... B_16: a uniform variate on (0, 1) has the cumulants B_n / n.
  private static let bernoulli: [Double] = [
    0.16666666666666666, -0.03333333333333333, 0.023809523809523808, -0.03333333333333333,
    0.07575757575757576, -0.2531135531135531, 1.1666666666666667, -7.092156862745098,
  ]

  private func standardizedCumulant(_ n: Int) -> Double {
    guard n > 2 else { return 1 }
    let half = 0.5 * Double(n)
    switch shape {
    case .gaussian: return 0
    case .uniform: return Self.bernoulli[n / 2 - 1] / Double(n) * pow(12, half)
    case .laplace:
      var factorial = 2.0
      for k in 1..<n { factorial *= Double(k) }
      return factorial / pow(2, half)
    case .studentT: return studentCumulant(n)
    }
  }

  /// Student's t of unit variance is a normal variate times the root of y, an inverse gamma variate of mean 1:
  /// kappa_2k = (2k-1)!! kappa_k(y), with E y^k = prod_{j<=k} (nu - 2)/(nu - 2j).
  private func studentCumulant(_ n: Int) -> Double {
    let nu = dof ?? .infinity
    guard Double(n) < nu else { return .infinity }
    let k = n / 2
    // Central moments of y from E y^j - 1, whose constant parts cancel exactly.
    var excess: [Double] = [0, 0]
    var logarithm = 0.0
    for j in 2...k {
      logarithm += log1p(Double(2 * j - 2) / (nu - Double(2 * j)))
      excess.append(expm1(logarithm))
    }
    var central: [Double] = [1, 0]
    for m in 2...k {
      var sum = 0.0
      var choose = 0.5 * Double(m * (m - 1))
      for j in 2...m {
        sum += ((m - j) % 2 == 0 ? choose : -choose) * excess[j]
        choose *= Double(m - j) / Double(j + 1)
      }
      central.append(sum)
    }
    var cumulants: [Double] = [0, 0]
    for m in 2...k {
      var sum = central[m]
      var choose = 1.0
      for j in 1..<m {
        sum -= choose * cumulants[j] * central[m - j]
        choose *= Double(m - j) / Double(j)
      }
      cumulants.append(sum)
    }
    var pairs = 1.0
    for odd in stride(from: n - 1, to: 0, by: -2) { pairs *= Double(odd) }
    return pairs * cumulants[k]
  }
}
