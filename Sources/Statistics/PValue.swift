import Foundation

/// Probabilities of tests in words.
public enum PValue {
  /// Below this a probability is only said to be smaller.
  public static let smallest = 1e-300

  /// "0.031", "2.1e-19", "< 1e-300", or "-" for none.
  public static func text(_ p: Double?, digits: Int = 2) -> String {
    guard let p, !p.isNaN else { return "-" }
    return p < smallest ? "< 1e-300" : String(format: "%.\(digits)g", p)
  }
}
