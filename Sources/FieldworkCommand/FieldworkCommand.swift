import ArgumentParser
import Fieldwork
import Foundation

@main
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
    FileHandle.standardError.write(Data("fieldwork: \(error)\n".utf8))
    throw ExitCode(error.code.rawValue)
  } catch let error as DataFileError {
    FileHandle.standardError.write(Data("fieldwork: \(error)\n".utf8))
    throw ExitCode(StudyError.Code.inputOutput.rawValue)
  } catch let error as InvalidEnsemble {
    FileHandle.standardError.write(Data("fieldwork: \(error)\n".utf8))
    throw ExitCode(StudyError.Code.badStudy.rawValue)
  } catch let error as ExitCode {
    throw error
  } catch let error as ValidationError {
    throw error
  } catch {
    FileHandle.standardError.write(Data("fieldwork: unexpected: \(error)\n".utf8))
    throw ExitCode(StudyError.Code.internalError.rawValue)
  }
}
