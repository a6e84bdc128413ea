import Correlators
import Foundation
import Statistics
import Studies

/// Figures and a self-contained page from the results of a run.
public struct Report: Sendable {
  private let results: Results
  private let directory: OutputDirectory

  /// Reads the results of a directory.
  /// - Throws: `StudyError` 66 where there are none.
  public init(directory: OutputDirectory) throws {
    self.directory = directory
    results = try directory.results()
  }

  public var file: String { "\(directory.path)/report.html" }

  /// Draws the figures and writes `report.html`.
  /// - Returns: a sentence about figures that could not be drawn; nil if all were.
  @discardableResult
  public func write() throws -> String? {
    let figures = Figures.all(results)
    let gnuplot = Gnuplot(directory: "\(directory.path)/figures")
    do {
      for figure in figures { try gnuplot.write(figure) }
    } catch {
      throw StudyError(
        .inputOutput, "\(directory.path)/figures: the figures cannot be written; is the disk full?")
    }
    let failed = gnuplot.draw(figures)
    var pictures: [String: String] = [:]
    for figure in figures {
      if let svg = FileManager.default.contents(
        atPath: "\(directory.path)/figures/\(figure.name).svg")
      {
        pictures[figure.name] = "data:image/svg+xml;base64," + svg.base64EncodedString()
      }
    }
    let page = ReportPage(results: results, figures: figures, pictures: pictures).html
    do {
      try Data(page.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw StudyError(.inputOutput, "\(file): the report cannot be written; is the disk full?")
    }
    if Gnuplot.executable == nil {
      return
        "gnuplot is not installed: the report has no pictures; install it and run `fieldwork report \(directory.path)`"
    }
    return failed.isEmpty
      ? nil
      : "gnuplot could not draw \(failed.joined(separator: ", ")): see the scripts in figures/"
  }
}
