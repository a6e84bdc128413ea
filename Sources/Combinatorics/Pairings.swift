/// All perfect matchings of `0 ..< n`: the (n-1)!! Wick pairings, each a list of pairs `i < j`.
/// Empty for odd n; one empty matching for n = 0.
public func pairings(of n: Int) -> [[(Int, Int)]] {
  guard n % 2 == 0 else { return [] }
  func match(_ rest: [Int]) -> [[(Int, Int)]] {
    guard let first = rest.first else { return [[]] }
    return rest.indices.dropFirst().flatMap { k -> [[(Int, Int)]] in
      var others = rest
      others.remove(at: k)
      others.removeFirst()
      return match(others).map { [(first, rest[k])] + $0 }
    }
  }
  return match(Array(0..<n))
}

/// (n-1)!!, the number of pairings of n objects and the n-th moment of a standard normal.
public func doubleFactorial(_ n: Int) -> Double {
  n <= 0 ? 1 : stride(from: n, through: 1, by: -2).reduce(1) { $0 * Double($1) }
}
