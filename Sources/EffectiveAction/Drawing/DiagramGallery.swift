import Foundation

/// All diagrams of a set, drawn with their numbers: one SVG each, all on one sheet, and TikZ.
public struct DiagramGallery: Sendable {
  private let set: FeynmanDiagrams
  private let drawings: [DiagramDrawing]

  /// Pixels a line.
  private static let unit = 64.0

  public init(_ set: FeynmanDiagrams) {
    self.set = set
    let labelled = set.labelled
    let dual = if case .connectedCorrelators = set.rules { true } else { false }
    drawings = set.diagrams.map { DiagramDrawing($0, labelled: labelled, dual: dual) }
  }

  /// Names and contents of all files: `diagram-01.svg`, ..., `diagrams.svg`, `diagrams.tex`.
  public var files: [(name: String, text: String)] {
    let digits = max(2, String(set.diagrams.count).count)
    return drawings.indices.map { k in
      let number = String(format: "%0\(digits)d", k + 1)
      return ("diagram-\(number).svg", svg(k))
    } + [("diagrams.svg", sheet), ("diagrams.tex", tikz)]
  }

  /// The caption of diagram k, in HTML-like SVG text and in LaTeX.
  private func caption(_ k: Int) -> (svg: String, latex: String) {
    let d = set.diagrams[k]
    let formula = DiagramFormula(d, rules: set.rules)
    let several = d.labellings > 1 ? ", \(d.labellings) labellings" : ""
    return (
      "\(formula.prefactor.plain)&#160;&#160;&#160;S = \(d.symmetryFactor)\(several)",
      "$\(formula.prefactor.latex)$\\quad $S=\(d.symmetryFactor)$\(several)"
    )
  }

  private func frame(_ k: Int) -> (width: Double, height: Double) {
    let size = drawings[k].high - drawings[k].low
    return (max(size.x * Self.unit, 200), size.y * Self.unit + 30)
  }

  /// One drawing.
  public func svg(_ k: Int) -> String {
    let (width, height) = frame(k)
    return document(width, height, group(k, width: width, height: height))
  }

  /// All of them on one sheet.
  public var sheet: String {
    let columns = max(1, min(4, Int(Double(drawings.count).squareRoot().rounded(.up))))
    var body = ""
    var top = 20.0
    var widest = 0.0
    for start in stride(from: 0, to: drawings.count, by: columns) {
      let row = start..<min(drawings.count, start + columns)
      let tallest = row.map { frame($0).height }.max() ?? 0
      var left = 20.0
      for k in row {
        let (width, height) = frame(k)
        body +=
          "<g transform=\"translate(\(Self.short(left)),\(Self.short(top + tallest - height)))\">\n"
          + group(k, width: width, height: height) + "</g>\n"
        left += width + 50
      }
      widest = max(widest, left)
      top += tallest + 36
    }
    return document(max(widest, 80), max(top, 60), body)
  }

  private func document(_ width: Double, _ height: Double, _ body: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.short(width))" height="\(Self.short(height))" viewBox="0 0 \(Self.short(width)) \(Self.short(height))">
    <rect width="100%" height="100%" fill="#ffffff"/>
    \(body)</svg>

    """
  }

  private static func short(_ x: Double) -> String { String(format: "%.1f", x) }

  private func group(_ k: Int, width: Double, height: Double) -> String {
    let drawing = drawings[k]
    let left = 0.5 * (width - (drawing.high.x - drawing.low.x) * Self.unit)
    func at(_ p: DiagramDrawing.Point) -> String {
      Self.short(left + (p.x - drawing.low.x) * Self.unit) + ","
        + Self.short((drawing.high.y - p.y) * Self.unit)
    }
    func attributes(_ p: DiagramDrawing.Point, _ x: String, _ y: String) -> String {
      let parts = at(p).split(separator: ",")
      return "\(x)=\"\(parts[0])\" \(y)=\"\(parts[1])\""
    }
    var text = ""
    for c in drawing.curves {
      text +=
        "<path d=\"M\(at(c.from)) C\(at(c.firstControl)) \(at(c.secondControl)) \(at(c.to))\" fill=\"none\" stroke=\"#1c1c1c\" stroke-width=\"1.8\"/>\n"
    }
    for dot in drawing.dots {
      let place = attributes(dot.at, "cx", "cy")
      switch dot.kind {
      case .point:
        text +=
          "<circle \(place) r=\"3\" fill=\"#ffffff\" stroke=\"#1c1c1c\" stroke-width=\"1.5\"/>\n"
      case .vertex(let power):
        text += "<circle \(place) r=\"5\" fill=\"\(Self.color(power))\"/>\n"
      case .correlator(let order):
        text +=
          "<circle \(place) r=\"12\" fill=\"#e3e3e3\" stroke=\"#1c1c1c\" stroke-width=\"1.5\"/>\n"
          + "<text \(attributes(dot.at - DiagramDrawing.Point(0, 0.075), "x", "y")) text-anchor=\"middle\" font-family=\"Georgia,serif\" font-size=\"13\">\(order)</text>\n"
      }
    }
    for label in drawing.labels {
      text +=
        "<text \(attributes(label.at - DiagramDrawing.Point(0, 0.07), "x", "y")) text-anchor=\"middle\" font-family=\"Georgia,serif\" font-size=\"16\"><tspan font-style=\"italic\">x</tspan><tspan font-size=\"11\" dy=\"4\">\(label.index)</tspan></text>\n"
    }
    text +=
      "<text x=\"\(Self.short(0.5 * width))\" y=\"\(Self.short(height - 6))\" text-anchor=\"middle\" font-family=\"Georgia,serif\" font-size=\"14\">\(caption(k).svg)</text>\n"
    return text
  }

  /// A colour for each power, black for f^4.
  private static func color(_ power: Int) -> String {
    switch power {
    case 3: "#009E73"
    case 4: "#1c1c1c"
    case 5: "#CC79A7"
    case 6: "#D55E00"
    case 7: "#E69F00"
    default: "#0072B2"
    }
  }

  /// All drawings as a LaTeX document of TikZ pictures, one a page of its own size.
  public var tikz: String {
    let pages = drawings.indices.map { k -> String in
      let drawing = drawings[k]
      func at(_ p: DiagramDrawing.Point) -> String { String(format: "(%.3f,%.3f)", p.x, p.y) }
      var lines = drawing.curves.map {
        "  \\draw[line] \(at($0.from)) .. controls \(at($0.firstControl)) and \(at($0.secondControl)) .. \(at($0.to));"
      }
      for dot in drawing.dots {
        switch dot.kind {
        case .point: lines.append("  \\node[point] at \(at(dot.at)) {};")
        case .vertex(let power): lines.append("  \\node[vertex\(power)] at \(at(dot.at)) {};")
        case .correlator(let order):
          lines.append("  \\node[correlator] at \(at(dot.at)) {$\(order)$};")
        }
      }
      for label in drawing.labels {
        lines.append("  \\node at \(at(label.at)) {$x_{\(label.index)}$};")
      }
      let bottom = DiagramDrawing.Point(0.5 * (drawing.low.x + drawing.high.x), drawing.low.y - 0.2)
      lines.append("  \\node at \(at(bottom)) {\(caption(k).latex)};")
      return "\\begin{tikzpicture}[scale=1.2]\n" + lines.joined(separator: "\n")
        + "\n\\end{tikzpicture}"
    }
    return """
      \\documentclass[tikz,border=4pt]{standalone}
      \\usepackage{amsmath}
      \\definecolor{power3}{HTML}{009E73}
      \\definecolor{power5}{HTML}{CC79A7}
      \\definecolor{power6}{HTML}{D55E00}
      \\definecolor{power7}{HTML}{E69F00}
      \\definecolor{power8}{HTML}{0072B2}
      \\tikzset{
        line/.style={semithick},
        point/.style={circle,draw,fill=white,inner sep=1.3pt},
        vertex4/.style={circle,fill=black,inner sep=1.9pt},
        vertex3/.style={vertex4,fill=power3}, vertex5/.style={vertex4,fill=power5},
        vertex6/.style={vertex4,fill=power6}, vertex7/.style={vertex4,fill=power7},
        vertex8/.style={vertex4,fill=power8},
        correlator/.style={circle,draw,fill=black!10,inner sep=2.5pt,font=\\small},
      }
      \\begin{document}
      \(pages.joined(separator: "\n"))
      \\end{document}

      """
  }
}
