import Foundation
import Studies

/// Draws figures: data and script are written beside one another, so that a user can restyle them,
/// and gnuplot makes SVG and PDF.
public struct Gnuplot: Sendable {
  public let directory: String

  public init(directory: String) { self.directory = directory }

  /// Where gnuplot is; nil if it is not installed.
  public static var executable: String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/usr/local/bin").split(separator: ":")
      .map { "\($0)/gnuplot" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Writes `NAME.dat` and `NAME.gp`.
  public func write(_ figure: Figure) throws {
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    try Data(figure.data.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(figure.name).dat"))
    let body = figure.commands.replacing("DATA", with: "'\(figure.name).dat'")
    let script = """
      # Redraw with: gnuplot \(figure.name).gp
      set encoding utf8
      set terminal svg size 860,480 dynamic font 'Helvetica,13' background '#ffffff'
      set output '\(figure.name).svg'
      set border 3 lc rgb '#444444'
      set tics nomirror
      set grid lc rgb '#e5e5e5' lw 1
      \(body)
      set terminal pdfcairo size 17cm,9.5cm font 'Helvetica,10'
      set output '\(figure.name).pdf'
      replot
      unset output

      """
    try Data(script.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(figure.name).gp"))
  }

  /// Runs gnuplot on the scripts of all figures, side by side.
  /// - Returns: the names of those that failed.
  public func draw(_ figures: [Figure]) throws -> [String] {
    guard let executable = Self.executable else { return figures.map(\.name) }
    let processes = try figures.map { figure -> (String, Process) in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: executable)
      process.arguments = ["\(figure.name).gp"]
      process.currentDirectoryURL = URL(fileURLWithPath: directory)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      process.standardInput = FileHandle.nullDevice
      try process.run()
      return (figure.name, process)
    }
    return processes.compactMap { name, process in
      process.waitUntilExit()
      return process.terminationStatus == 0 ? nil : name
    }
  }

  /// Writes and draws figures for a command.
  /// What gnuplot cannot draw is named on stderr.
  /// - Throws: `StudyError` 73 where the folder cannot be written.
  public func writeAndDraw(_ figures: [Figure]) throws {
    do {
      for figure in figures { try write(figure) }
    } catch {
      throw StudyError(.cannotWrite, "--figures \(directory): cannot be written")
    }
    let failed = try draw(figures)
    if !failed.isEmpty {
      FileHandle.standardError.write(
        Data("fieldwork: gnuplot could not draw \(failed.joined(separator: ", "))\n".utf8))
    }
  }
}
