import ArgumentParser
import Fieldwork
import Foundation

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Rebuild figures and report from results.")

  @Argument(help: "The directory of the run.", completion: .directory)
  var directory: String

  @Flag(help: "Print the main numbers as JSON.")
  var json = false

  func run() throws {
    try reporting {
      let output = OutputDirectory(path: directory)
      let report = try Report(directory: output)
      if let missing = try report.write() {
        FileHandle.standardError.write(Data("fieldwork: \(missing)\n".utf8))
      }
      if json {
        FileHandle.standardOutput.write(try output.results().json())
        print()
      } else {
        print(report.file)
      }
    }
  }
}
