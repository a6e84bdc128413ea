import Fieldwork
import Foundation

/// Runs a study for a quick answer: in a folder that is removed again.
enum QuickStudy {
  static func run(_ study: Study, _ signals: SignalWatcher) throws -> Results {
    let folder = NSTemporaryDirectory() + "fieldwork-" + UUID().uuidString
    signals.cleansUp { try? FileManager.default.removeItem(atPath: folder) }
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try StudyRunner(
      study: study, directory: OutputDirectory(path: folder),
      threads: WorkBudget.current.threads
    ).run()
  }

  /// Tables and warnings on stdout.
  static func print(_ results: Results) {
    for (title, rows) in ResultTables(results).duality {
      StandardStream.print(title)
      ResultPrinter.table(rows)
      StandardStream.print("")
    }
    for warning in results.warnings {
      StandardStream.print("warning (\(warning.code)) \(warning.where): \(warning.message)")
    }
  }
}
