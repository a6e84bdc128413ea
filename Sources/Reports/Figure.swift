import Studies

/// One figure: data, and the gnuplot commands that draw it. A new one is a file of its own and a
/// line in `Figures.all`.
public struct Figure: Sendable {
  /// File name without extension.
  public let name: String
  /// One paragraph for the report.
  public let caption: String
  /// Columns of numbers in named blocks, separated by two blank lines (`index` in gnuplot).
  public let data: String
  /// Commands after the terminal is set and before anything is drawn, and the `plot` itself.
  /// `DATA` stands for the data file.
  public let commands: String

  public init(name: String, caption: String, data: String, commands: String) {
    self.name = name
    self.caption = caption
    self.data = data
    self.commands = commands
  }

  /// Colours that remain apart for colour-blind readers (Okabe and Ito).
  static let colors = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999",
  ]

  static func color(_ i: Int) -> String { colors[i % colors.count] }

  /// A block of data with a comment line.
  static func block(_ title: String, _ rows: [[Double?]]) -> String {
    "# \(title)\n"
      + rows.map { row in row.map { $0.map { "\($0)" } ?? "NaN" }.joined(separator: " ") }
      .joined(separator: "\n") + "\n"
  }
}

/// The figures that a run calls for.
public enum Figures {
  public static func all(_ results: Results) -> [Figure] {
    DeviationFigure.figures(results) + HistogramFigure.figures(results)
      + PullFigure.figures(results) + KernelFigure.figures(results) + DepthFigure.figures(results)
      + JointDensityFigure.figures(results) + CouplingFigure.figures(results)
      + SixPointFigure.figures(results) + ActionFigure.figures(results)
      + IndependenceFigure.figures(results) + CutoffFlowFigure.figures(results)
      + ActiveFlowFigure.figures(results) + PassiveFlowFigure.figures(results)
      + FixedPointFigure.figures(results) + PotentialFigure.figures(results)
      + SymmetryFigure.figures(results) + LocalityFigure.figures(results)
      + ExtrapolationFigure.figures(results) + TheoryCorrelatorFigure.figures(results)
      + AutocorrelationFigure.figures(results)
  }
}
