import Foundation

/// What is measured of a field on the sites of a torus, of one or more components, and the quantities that
/// follow.
public struct TorusField {
  /// |phi|^2, |phi|^4, phi phi(+1), |M|, M^2, M^4, F and then C(t), t = 0 ... L/2; M is the mean of the field, F
  /// its lowest mode, C between sums over slices of the last axis: with zero momentum along the others.
  ///
  /// - Parameter components: sites with the first axis fastest, for each component.
  public static func numbers(_ components: [[Double]], size: Int) -> [Double] {
    let volume = components[0].count
    let slice = volume / size
    var (second, fourth, neighbour) = (0.0, 0.0, 0.0)
    var squares: [Double] = []
    var correlator = [Double](repeating: 0, count: size / 2 + 1)
    var (m2, lowest) = (0.0, 0.0)
    for phi in components {
      phi.withUnsafeBufferPointer { phi in
        for row in Swift.stride(from: 0, to: volume, by: size) {
          for x in 0..<size {
            let f = phi[row + x]
            let g = f * f
            second += g
            fourth += g * g
            neighbour += f * phi[row + (x == size - 1 ? 0 : x + 1)]
          }
        }
      }
      if components.count > 1 {
        if squares.isEmpty { squares = [Double](repeating: 0, count: volume) }
        for x in 0..<volume { squares[x] += phi[x] * phi[x] }
      }
      var sums = [Double](repeating: 0, count: size)
      phi.withUnsafeBufferPointer { phi in
        for t in 0..<size {
          var sum = 0.0
          for x in t * slice..<(t + 1) * slice { sum += phi[x] }
          sums[t] = sum
        }
      }
      let mean = sums.reduce(0, +) / Double(volume)
      m2 += mean * mean
      var (re, im) = (0.0, 0.0)
      for (t, s) in sums.enumerated() {
        let angle = 2 * Double.pi * Double(t) / Double(size)
        re += s * cos(angle)
        im += s * sin(angle)
      }
      lowest += re * re + im * im
      for t in correlator.indices {
        for s in 0..<size { correlator[t] += sums[s] * sums[(s + t) % size] }
      }
    }
    if components.count > 1 { fourth = squares.reduce(0) { $0 + $1 * $1 } }
    let n = Double(volume)
    return [second / n, fourth / n, neighbour / n, m2.squareRoot(), m2, m2 * m2, lowest / n]
      + correlator.map { $0 / n }
  }

  public static func count(size: Int) -> Int { 7 + size / 2 + 1 }

  /// <phi^2>, <phi^4>, <phi_x phi_(x+1)>, chi = V <M^2>, <|M|>, U4 = 1 - <M^4>/(3 <M^2>^2), the second-moment
  /// correlation length sqrt(chi/F - 1)/(2 sin(pi/L)), C(t), and acosh((C(t-1) + C(t+1))/(2 C(t))).
  public static func quantities(size: Int, volume: Int) -> [FieldQuantity] {
    let v = Double(volume)
    var all = [
      FieldQuantity(.phi2, [0]), FieldQuantity(.phi4, [1]), FieldQuantity(.neighbour, [2]),
      FieldQuantity(.susceptibility, [4]) { v * $0[0] }, FieldQuantity(.magnetisation, [3]),
      FieldQuantity(.binder, [4, 5]) { 1 - $0[1] / (3 * $0[0] * $0[0]) },
      FieldQuantity(.correlationLength, [4, 6]) { m in
        let ratio = v * m[0] / m[1] - 1
        return ratio > 0 ? ratio.squareRoot() / (2 * sin(.pi / Double(size))) : .nan
      },
    ]
    for t in 0...size / 2 { all.append(FieldQuantity(.correlator, time: Double(t), [7 + t])) }
    for t in 1..<max(1, size / 2) {
      all.append(
        FieldQuantity(.effectiveMass, time: Double(t), [6 + t, 7 + t, 8 + t]) { c in
          let ratio = (c[0] + c[2]) / (2 * c[1])
          return ratio >= 1 ? acosh(ratio) : .nan
        })
    }
    return all
  }
}
