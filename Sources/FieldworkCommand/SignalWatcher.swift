import Fieldwork
import Foundation
import Synchronization

/// Ends a command at Ctrl-C or SIGTERM within about a second, whatever it is doing, with 130 or 143.
///
/// A command that saves nothing ends at once. One that called `stops` is asked to stop first, which what
/// samples answers with a last checkpoint; where no answer has come within half a second, and nothing is
/// being saved, the process ends from here. A second signal ends it at once.
///
/// The handler writes the number of the signal into a pipe that a thread of its own reads: workers that keep every
/// core busy cannot delay it, and it does not matter in which thread a signal arrives. (Threads of libraries that
/// were there before the program do not block it.)
final class SignalWatcher: Sendable {
  /// What is said, and done, where the process ends from here.
  private struct Parting: Sendable {
    var sentence: String?
    var cleanUp: (@Sendable () -> Void)?
    /// Whether the command is asked to stop first.
    var isAsked = false
  }

  let stop = StopSignal()
  private let last = Atomic<Int32>(0)
  private let isLeaving = Atomic<Bool>(false)
  private let parting = Mutex(Parting())

  /// Microseconds between the first signal and an end without an answer.
  private static let patience: UInt32 = 500_000

  /// Both ends of the pipe: a handler can reach nothing but what does not change.
  private static let pipe: (read: Int32, write: Int32) = {
    var ends: [Int32] = [-1, -1]
    guard Foundation.pipe(&ends) == 0 else { return (-1, -1) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }()

  private static let signals = [SIGINT, SIGTERM]

  init() {
    let from = Self.pipe.read
    let thread = SystemThread { [self] in
      var byte: UInt8 = 0
      while true {
        let count = read(from, &byte, 1)
        if count == 1 { receive(Int32(byte)) } else if count == 0 || errno != EINTR { return }
      }
    }
    // Whoever started the program may have blocked them.
    var set = sigset_t()
    sigemptyset(&set)
    for number in Self.signals { sigaddset(&set, number) }
    defer { pthread_sigmask(SIG_UNBLOCK, &set, nil) }
    // Without a thread a signal ends the process at once; what was drawn up to the last checkpoint is safe.
    guard from >= 0, let thread else { return }
    thread.detach()
    for number in Self.signals {
      signal(number) { number in
        let before = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(SignalWatcher.pipe.write, &byte, 1)
        errno = before
      }
    }
  }

  /// The signal that came; 0: none.
  var received: Int32 { last.load(ordering: .relaxed) }

  /// Whether it was SIGTERM.
  var isTerminated: Bool { received == SIGTERM }

  /// "interrupted" or "terminated".
  private var word: String { isTerminated ? "terminated" : "interrupted" }

  /// Has the command asked to stop, and says afterwards what to do with what is saved.
  func stops(_ sentence: String) {
    parting.withLock {
      $0.isAsked = true
      $0.sentence = sentence
    }
  }

  /// Something that has to be done before the process ends from here.
  func cleansUp(_ body: @escaping @Sendable () -> Void) { parting.withLock { $0.cleanUp = body } }

  /// The error with which a stopped command ends.
  var error: StudyError {
    isLeaving.store(true, ordering: .relaxed)
    let sentence = parting.withLock { $0.sentence }
    return StudyError(
      isTerminated ? .terminated : .interrupted, word + (sentence.map { "; \($0)" } ?? ""))
  }

  private func receive(_ signal: Int32) {
    guard received == 0 else { _exit(signal == SIGTERM ? 143 : 130) }
    last.store(signal, ordering: .relaxed)
    guard parting.withLock({ $0.isAsked }) else { return leave() }
    stop.stop()
    // Without a thread the command answers by itself, when it comes to it.
    SystemThread { [self] in
      usleep(Self.patience)
      while stop.isHeld { usleep(20_000) }
      leave()
    }?.detach()
  }

  /// Ends the process, unless the command is already on its way out.
  private func leave() {
    guard !isLeaving.load(ordering: .relaxed) else { return }
    let error = error
    parting.withLock { $0.cleanUp }?()
    StandardStream.complain("\(error)")
    _exit(error.code.rawValue)
  }
}
