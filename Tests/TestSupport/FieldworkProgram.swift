import Foundation
import Synchronization

/// The built command, run as a user runs it.
public enum FieldworkProgram {
  /// How a run ended.
  public struct Outcome: Sendable {
    /// The exit code, or the number of the signal that ended it.
    public let code: Int32
    /// Whether a signal ended it: a trap, a fault, a kill.
    public let signalled: Bool
    public let output: String
    public let errors: String
  }

  /// A run that has begun.
  public struct Started {
    public let process: Process
    fileprivate let output: Pipe
    fileprivate let errors: Pipe
  }

  /// The program beside the test runner.
  public static let executable: String = {
    let candidates =
      [ProcessInfo.processInfo.arguments[0]]
      + ProcessInfo.processInfo.arguments.filter { $0.hasSuffix(".xctest") }
    for path in candidates {
      var folder = URL(fileURLWithPath: path)
      for _ in 0..<5 {
        folder.deleteLastPathComponent()
        let file = folder.appendingPathComponent("fieldwork").path
        if FileManager.default.isExecutableFile(atPath: file) { return file }
      }
    }
    return "/nonexistent/fieldwork"
  }()

  /// Starts the program, or a bash script in which it is `$fieldwork`, in a folder.
  public static func start(
    _ arguments: [String], in folder: TemporaryDirectory, environment: [String: String] = [:],
    script: String? = nil
  ) throws -> Started {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: script == nil ? executable : "/bin/bash")
    process.arguments = script.map { ["-c", $0] } ?? arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.environment = ProcessInfo.processInfo.environment
      .merging(["fieldwork": executable]) { $1 }.merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return Started(process: process, output: output, errors: errors)
  }

  /// Waits for the end of a run.
  public static func finish(_ started: Started) -> Outcome {
    // Both streams at once: one that fills up would stop the program.
    let errors = BackgroundRead(started.errors.fileHandleForReading)
    let output = started.output.fileHandleForReading.readDataToEndOfFile()
    let text = errors.wait()
    started.process.waitUntilExit()
    return Outcome(
      code: started.process.terminationStatus,
      signalled: started.process.terminationReason == .uncaughtSignal,
      output: String(decoding: output, as: UTF8.self), errors: String(decoding: text, as: UTF8.self)
    )
  }

  /// Runs the program to its end.
  public static func run(
    _ arguments: [String], in folder: TemporaryDirectory, environment: [String: String] = [:]
  ) throws -> Outcome {
    finish(try start(arguments, in: folder, environment: environment))
  }

  /// Runs a bash script to its end; the program is `$fieldwork` in it.
  public static func shell(_ script: String, in folder: TemporaryDirectory) throws -> Outcome {
    finish(try start([], in: folder, script: script))
  }
}

/// A stream that a thread of its own reads to its end: tests run on few threads, none to be blocked.
private final class BackgroundRead: Sendable {
  private let text = Mutex(Data())
  private let done = DispatchSemaphore(value: 0)

  init(_ handle: FileHandle) {
    Thread.detachNewThread {
      let data = handle.readDataToEndOfFile()
      self.text.withLock { $0 = data }
      self.done.signal()
    }
  }

  func wait() -> Data {
    done.wait()
    return text.withLock { $0 }
  }
}
