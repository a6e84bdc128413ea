import EffectiveAction
import Ensembles

/// What the `couplings` measurement extracts.
public struct CouplingOptions: Sendable, Hashable {
  public var cutoffs: CutoffOptions
  /// Fitted together.
  public var terms: [QuarticTerm]
  /// Whether kappa is extracted from the six-point function.
  public var sextic: Bool
  /// Points at which the fit is tested.
  public var testPoints: Points?

  public init(
    cutoffs: CutoffOptions = CutoffOptions(), terms: [QuarticTerm] = [.lambda0],
    sextic: Bool = false, testPoints: Points? = nil
  ) {
    self.cutoffs = cutoffs
    self.terms = terms
    self.sextic = sextic
    self.testPoints = testPoints
  }

  private static let kappa = "kappa"

  static func read(_ reader: KeyReader?, points: PointsReader) throws(StudyError)
    -> CouplingOptions
  {
    var options = CouplingOptions()
    guard let reader else { return options }
    try reader.keys(CutoffOptions.keys + ["terms", "test_points"])
    options.cutoffs = try CutoffOptions.read(reader)
    if let list = reader.child("terms") {
      options.terms = []
      for item in try list.items() {
        let word = try item.plainText()
        if word == kappa {
          options.sextic = true
        } else if let term = QuarticTerm(rawValue: word) {
          guard !options.terms.contains(term) else { throw item.refuse("\(word) stands twice") }
          options.terms.append(term)
        } else {
          let known = QuarticTerm.allCases.map(\.rawValue) + [kappa]
          throw item.refuse(
            "expected one of \(known.joined(separator: ", ")), found `\(word.prefix(60))`\(KeyReader.suggestion(String(word.prefix(60)), among: known))"
          )
        }
      }
      if options.terms.isEmpty { options.terms = [.lambda0] }
    }
    if let test = reader.child("test_points") { options.testPoints = try points.read(test) }
    return options
  }

  var json: JSONValue {
    var result = cutoffs.json
    result["terms"] = .array(
      terms.map { .string($0.rawValue) } + (sextic ? [.string(Self.kappa)] : []))
    if let testPoints {
      result["test_points"] = .array(testPoints.coordinates.map { .numeric($0) })
    }
    return .object(result)
  }
}
