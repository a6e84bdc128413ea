import Foundation
import Studies

/// Draws figures: data and script are written beside one another, so that a user can restyle them,
/// and gnuplot makes SVG and PDF.
public struct Gnuplot: Sendable {
  public let directory: String
  private let executable: String?
  /// Seconds that a picture may take, and once one has taken them, that others may.
  private let patience: (first: Double, then: Double)

  /// - Parameter patience: seconds after which a picture is given up; after the first such, the others get a tenth.
  public init(
    directory: String, executable: String? = Gnuplot.executable, patience: Double = 60
  ) {
    self.directory = directory
    self.executable = executable
    self.patience = (patience, patience / 10)
  }

  /// Where gnuplot is; nil if it is not installed.
  public static var executable: String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/usr/local/bin").split(separator: ":")
      .map { URL(fileURLWithPath: "\($0)/gnuplot").path }.first {
        FileManager.default.isExecutableFile(atPath: $0)
      }
  }

  /// Writes `NAME.dat` and `NAME.gp`.
  ///
  /// A terminal that gnuplot was built without is left out by the script, and the other picture drawn.
  public func write(_ figure: Figure) throws {
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    try Data(figure.data.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(figure.name).dat"))
    let body = figure.commands.replacing("DATA", with: "'\(figure.name).dat'")
    let script = """
      # Redraw with: gnuplot \(figure.name).gp
      set encoding utf8
      set terminal unknown
      if (strstrt(GPVAL_TERMINALS, 'svg') > 0) {
        set terminal svg size 860,480 dynamic font 'Helvetica,13' background '#ffffff'
        set output '\(figure.name).svg'
      }
      set border 3 lc rgb '#444444'
      set tics nomirror
      set grid lc rgb '#e5e5e5' lw 1
      \(body)
      if (strstrt(GPVAL_TERMINALS, 'pdfcairo') > 0) {
        set terminal pdfcairo size 17cm,9.5cm font 'Helvetica,10'
        set output '\(figure.name).pdf'
        replot
      }
      unset output

      """
    try Data(script.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(figure.name).gp"))
  }

  /// Runs gnuplot on the scripts of all figures, as many at once as there are cores.
  /// - Returns: the files (`NAME.svg`, `NAME.pdf`) that could not be drawn; all are without gnuplot.
  public func draw(_ figures: [Figure]) -> [String] {
    let files = figures.flatMap { ["\($0.name).svg", "\($0.name).pdf"] }
    // A picture of other results must not stand for one that fails.
    for file in files { try? FileManager.default.removeItem(atPath: "\(directory)/\(file)") }
    guard let executable else { return files }
    runAll(figures.map { "\($0.name).gp" }, executable)
    return files.filter { file in
      let whole = isWhole(file)
      if !whole { try? FileManager.default.removeItem(atPath: "\(directory)/\(file)") }
      return !whole
    }
  }

  /// Runs the scripts; one that cannot be started or does not end is passed over.
  private func runAll(_ scripts: [String], _ executable: String) {
    var waiting = scripts[...]
    var running: [(child: ChildProcess, until: Date)] = []
    var patience = patience.first
    while !waiting.isEmpty || !running.isEmpty {
      while running.count < ProcessInfo.processInfo.activeProcessorCount, let next = waiting.first {
        let child = ChildProcess(executable: executable, arguments: [next], folder: directory)
        // There may be room for it when another has ended.
        if child == nil, !running.isEmpty { break }
        waiting = waiting.dropFirst()
        if let child { running.append((child, Date().addingTimeInterval(patience))) }
      }
      usleep(2000)
      running.removeAll { $0.child.look() == .ended }
      for one in running where one.until < Date() {
        one.child.end()
        patience = self.patience.then
      }
    }
  }

  /// Whether a picture was written to its end.
  private func isWhole(_ file: String) -> Bool {
    guard let data = FileManager.default.contents(atPath: "\(directory)/\(file)") else {
      return false
    }
    let end = String(decoding: data.suffix(64), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    return end.hasSuffix(file.hasSuffix(".svg") ? "</svg>" : "%%EOF")
  }

  /// Writes and draws figures for a command.
  /// - Returns: a sentence about pictures that could not be drawn; nil if all were.
  /// - Throws: `StudyError` 73 where the folder cannot be written.
  public func writeAndDraw(_ figures: [Figure]) throws -> String? {
    do {
      for figure in figures { try write(figure) }
    } catch {
      throw StudyError(.cannotWrite, "--figures \(directory): cannot be written")
    }
    if executable == nil {
      return "gnuplot is not installed: \(directory) has scripts, no pictures"
    }
    let failed = draw(figures)
    return failed.isEmpty ? nil : "gnuplot could not draw \(failed.joined(separator: ", "))"
  }
}
