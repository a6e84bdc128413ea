import ArgumentParser
import Fieldwork
import Foundation

/// The program: streams first, then the command, then one exit code.
@main
enum Program {
  static func main() {
    StandardStream.reserve()
    do {
      var command = try FieldworkCommand.parseAsRoot()
      try command.run()
    } catch {
      // Help, versions and usage errors are texts of the parser.
      let code = FieldworkCommand.exitCode(for: error)
      let text = FieldworkCommand.fullMessage(for: error)
      if !text.isEmpty {
        if code.isSuccess { print(text) } else { StandardStream.note(text + "\n") }
      }
      exit(code.rawValue)
    }
  }
}

struct FieldworkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fieldwork",
    abstract: "Ensembles of random neural networks as field theories.",
    discussion: """
      Draws networks as a study file says, measures their correlators, sets them against the free \
      theory of infinite width, and leaves numbers with errors, data, figures and a report.

      Start with: fieldwork new demo && fieldwork run demo.yaml
      """,
    version: fieldworkVersion,
    subcommands: [
      Run.self, New.self, Check.self, ReportCommand.self, Kernel.self,
      CriticalityCommand.self, GaussianProcessCommand.self, Diagrams.self,
      CouplingsCommand.self, ActionCommand.self, Flow.self, SymmetryCommand.self,
      LocalityCommand.self, OscillatorCommand.self, LatticeCommand.self,
    ])
}

/// Prints one sentence on stderr and ends with the right code.
func reporting(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let error as StudyError {
    StandardStream.complain("\(error)")
    throw ExitCode(error.code.rawValue)
  } catch let error as DataFileError {
    StandardStream.complain("\(error)")
    throw ExitCode(StudyError.Code.inputOutput.rawValue)
  } catch let error as InvalidEnsemble {
    StandardStream.complain("\(error)")
    throw ExitCode(StudyError.Code.badStudy.rawValue)
  } catch let error as ExitCode {
    throw error
  } catch let error as ValidationError {
    throw error
  } catch {
    StandardStream.complain("unexpected: \(error)")
    throw ExitCode(StudyError.Code.internalError.rawValue)
  }
}
