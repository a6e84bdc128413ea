/// A diagram as a formula: its prefactor, and the integral of propagators that it stands for.
public struct DiagramFormula: Sendable {
  /// The same expression for a terminal and for LaTeX.
  public struct Text: Sendable, Equatable {
    public let plain: String
    public let latex: String
  }

  /// The number and the couplings, e.g. `-24 λ`.
  public let prefactor: Text
  /// E.g. `∫_y K(x1,y) K(x2,y) K(x3,y) K(x4,y)`.
  public let integral: Text

  /// Couplings by power of f: lambda and kappa as in arXiv:2008.08601.
  static func coupling(_ power: Int) -> Text {
    switch power {
    case 3: Text(plain: "g", latex: "g")
    case 4: Text(plain: "λ", latex: "\\lambda")
    case 5: Text(plain: "α", latex: "\\alpha")
    case 6: Text(plain: "κ", latex: "\\kappa")
    default: Text(plain: "g\(power)", latex: "g_{\(power)}")
    }
  }

  public init(_ d: FeynmanDiagram, rules: FeynmanDiagrams.Rules) {
    switch rules {
    case .interactions: (prefactor, integral) = Self.interaction(d)
    case .connectedCorrelators: (prefactor, integral) = Self.dual(d)
    }
  }

  private static func powers(_ d: FeynmanDiagram, _ name: (Int) -> Text) -> Text {
    let counts = Dictionary(grouping: d.vertices, by: { $0 }).mapValues(\.count)
      .sorted { $0.key < $1.key }
    return Text(
      plain: counts.map { " " + name($0.key).plain + superscript($0.value) }.joined(),
      latex: counts.map { " " + name($0.key).latex + ($0.value > 1 ? "^{\($0.value)}" : "") }
        .joined())
  }

  private static func superscript(_ n: Int) -> String {
    n < 2 ? "" : String(String(n).map { Array("⁰¹²³⁴⁵⁶⁷⁸⁹")[$0.wholeNumberValue ?? 0] })
  }

  private static func point(_ d: FeynmanDiagram, _ node: Int) -> Text {
    let name = d.name(node)
    let number = name.dropFirst()
    return Text(plain: name, latex: number.isEmpty ? "y" : "\(name.prefix(1))_{\(number)}")
  }

  private static func product(_ d: FeynmanDiagram, _ symbol: (FeynmanDiagram.Line) -> Text) -> Text
  {
    let factors = d.lines.map { line -> Text in
      let (a, b) = (point(d, line.from), point(d, line.to))
      let s = symbol(line)
      return Text(
        plain: "\(s.plain)(\(a.plain),\(b.plain))", latex: "\(s.latex)(\(a.latex),\(b.latex))")
    }
    return Text(
      plain: factors.map(\.plain).joined(separator: " "),
      latex: factors.map(\.latex).joined(separator: "\\,"))
  }

  private static func interaction(_ d: FeynmanDiagram) -> (Text, Text) {
    let couplings = powers(d, coupling)
    let sign = d.coefficient < 0 ? "−" : ""
    let size = abs(d.coefficient)
    let number = size == 1 && !d.vertices.isEmpty ? "" : "\(size)"
    let prefactor = Text(
      plain: sign + (number + couplings.plain).trimmingSpaces,
      latex: (d.coefficient < 0 ? "-" : "") + (number + couplings.latex).trimmingSpaces)
    // Lines between two external points carry the output bias, lines to a vertex do not.
    let lines = product(d) { line in
      d.isVertex(line.to) ? Text(plain: "K_W", latex: "K_W") : Text(plain: "K", latex: "K")
    }
    let vertices = (d.legs..<d.legs + d.vertices.count).map { point(d, $0) }
    return (
      prefactor,
      Text(
        plain: vertices.map { "∫_\($0.plain) " }.joined() + lines.plain,
        latex: vertices.map { "\\int\\!d\($0.latex)\\," }.joined() + lines.latex)
    )
  }

  private static func dual(_ d: FeynmanDiagram) -> (Text, Text) {
    let legs = d.legs < 2 ? 1 : (2...d.legs).reduce(1, *)
    // Of -(S - S_G): sign of the inner lines, 1 / |Aut| with the legs exchangeable.
    let symmetries = legs * d.symmetryFactor / d.labellings
    let sign = d.internalLines % 2 == 0 ? "" : "−"
    let latexSign = d.internalLines % 2 == 0 ? "" : "-"
    let prefactor = Text(
      plain: symmetries == 1 ? sign + "1" : "\(sign)1/\(symmetries)",
      latex: symmetries == 1 ? latexSign + "1" : "\(latexSign)\\tfrac{1}{\(symmetries)}")
    let vertices = powers(d) { Text(plain: "Gc\($0)", latex: "G_c^{(\($0))}") }
    let inner = d.lines.filter { d.isVertex($0.from) }.count
    let u = Text(plain: superscript(d.legs), latex: d.legs > 1 ? "^{\(d.legs)}" : "")
    return (
      prefactor,
      Text(
        plain: (vertices.plain + (inner > 0 ? " (K⁻¹)" + superscript(inner) : "")
          + (d.legs > 0 ? " u" + u.plain : "")).trimmingSpaces,
        latex: (vertices.latex + (inner > 0 ? " (K^{-1})" + (inner > 1 ? "^{\(inner)}" : "") : "")
          + (d.legs > 0 ? " u" + u.latex : "")).trimmingSpaces)
    )
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    var text = Substring(self)
    while text.first == " " { text.removeFirst() }
    return String(text)
  }
}
