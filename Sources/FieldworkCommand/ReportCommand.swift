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
      StandardStream.complain(try report.write())
      if json {
        StandardStream.print(bytes: try output.results().json() + Data([10]))
      } else {
        print(report.file)
      }
    }
  }
}
