import ArgumentParser
import Fieldwork
import Foundation

/// The program: streams first, then the command, then one exit code.
@main
enum Program {
  static func main() {
    StandardStream.reserve()
    if let refusal = InstructionSet.refusal {
      StandardStream.complain(refusal)
      exit(StudyError.Code.usage.rawValue)
    }
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

/// Prints one sentence on stderr and ends with the right code; a signal ends the command within a second.
///
/// - Parameter threads: for theory and analysis; nil: all cores.
func reporting(threads: Int? = nil, _ body: (SignalWatcher) throws -> Void) throws {
  let signals = SignalWatcher()
  do {
    let budget = WorkBudget(
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, stop: signals.stop)
    try WorkBudget.$current.withValue(budget) { try body(signals) }
  } catch is CancellationError {
    return try reporting(signals.error)
  } catch {
    return try reporting(error)
  }
}

/// The same for a command that asks nothing of its signals.
func reporting(_ body: () throws -> Void) throws {
  try reporting { (_: SignalWatcher) in try body() }
}

private func reporting(_ error: any Error) throws {
  do {
    throw error
  } catch let error as StudyError {
    StandardStream.complain("\(error)")
    throw ExitCode(error.code.rawValue)
  } catch let error as DataFileError {
    StandardStream.complain("\(error)")
    throw ExitCode(StudyError.Code.inputOutput.rawValue)
  } catch let error as FileWriteError {
    StandardStream.complain("\(error)")
    throw ExitCode((error.isForbidden ? StudyError.Code.cannotWrite : .inputOutput).rawValue)
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
