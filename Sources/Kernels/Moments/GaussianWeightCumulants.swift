import Combinatorics

/// Joint cumulants of h_p = W s_p from joint cumulants kappa of the unit s, for a centred Gaussian W of unit
/// variance that does not depend on s.
///
/// With ln E exp(W J.s) = ln E_W exp(V(W)), V = sum_B kappa(B) W^|B| J_B, W is a field theory of one variable in
/// sources. Gaussian integration by parts gives its equations of motion,
///
///     K(S)       = sum_{B containing i} kappa(B) <W^|B|>(S - B)
///     <W^m>(R)   = (m - 1) <W^(m-2)>(R) + sum_{B in R} |B| kappa(B) <W^(m+|B|-2)>(R - B)
///
/// with <W^m>(empty) = (m - 1)!!, in which moments of s that do not fluctuate never appear: where s = a + t with
/// small t (cos at small inputs, softplus, gauss of small sigma) moments minus products lose all digits, this
/// none. Several outputs have a W each; <W^m> then has a power for each of them.
struct GaussianWeightCumulants {
  /// Outputs that a tuple may mix.
  static let most = 2

  /// `kappa(mask)`: the cumulant of the factors in the mask, with a bound on its error.
  let kappa: [RoundedValue]
  /// Output of each factor, from 0.
  let outputs: [Int]

  /// - Complexity: O(3^n n^outputs).
  func cumulant() -> RoundedValue {
    let n = outputs.count
    let radix = n + 1
    let count = outputs.max().map { $0 + 1 } ?? 1
    let powers = count == 1 ? radix : radix * radix
    let half = 1 << (n - 1)
    // Powers of each W in a subset, as one number; factor 0 is the one that K(S) singles out.
    func power(_ mask: Int) -> Int {
      var sum = 0
      for i in 0..<n where mask >> i & 1 == 1 { sum += outputs[i] == 0 ? 1 : radix }
      return sum
    }
    let power = (0..<(1 << n)).map(power)
    var value = [Double](repeating: 0, count: half * powers)
    var size = value
    var error = value
    for rest in 0..<half {
      let room = n - rest.nonzeroBitCount
      for m in 0..<powers {
        let (first, second) = (m % radix, m / radix)
        guard first + second <= room else { continue }
        let place = rest * powers + m
        guard m > 0 else {
          (value[place], size[place]) = rest == 0 ? (1, 1) : (0, 0)
          continue
        }
        // Integration by parts over the first W that appears.
        let unit = first > 0 ? 1 : radix
        let degree = first > 0 ? first : second
        var (v, s, e) = (0.0, 0.0, 0.0)
        if degree > 1 {
          let below = rest * powers + m - 2 * unit
          v = Double(degree - 1) * value[below]
          s = Double(degree - 1) * size[below]
          e = Double(degree - 1) * error[below]
        }
        var part = rest
        while part > 0 {
          let mask = part << 1
          let own = unit == 1 ? power[mask] % radix : power[mask] / radix
          let next = m - 2 * unit + power[mask]
          if own > 0 {
            let k = kappa[mask]
            let from = (rest ^ part) * powers + next
            v += Double(own) * k.value * value[from]
            s += Double(own) * abs(k.value) * size[from]
            e += Double(own) * (abs(k.value) * error[from] + k.error * size[from])
          }
          part = (part - 1) & rest
        }
        (value[place], size[place], error[place]) = (v, s, e)
      }
    }
    var sum = RoundedValue(value: 0, error: 0)
    var total = 0.0
    for part in 0..<half {
      let mask = part << 1 | 1
      let from = (half - 1 ^ part) * powers + power[mask]
      sum.value += kappa[mask].value * value[from]
      total += abs(kappa[mask].value) * size[from]
      sum.error += abs(kappa[mask].value) * error[from] + kappa[mask].error * size[from]
    }
    sum.error += Double.ulpOfOne * Double(2 * n) * total
    return sum
  }
}
