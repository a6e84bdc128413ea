import Fieldwork
import Foundation
import Synchronization

/// Turns Ctrl-C and SIGTERM into a stop at the next batch; a second one ends the process at once.
///
/// The signals are blocked in all threads and awaited in one of its own: workers that keep every
/// core busy cannot delay it.
final class SignalWatcher: Sendable {
  private let last = Atomic<Int32>(0)

  var received: Int32 { last.load(ordering: .relaxed) }

  init(_ stop: StopSignal) {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGINT)
    sigaddset(&set, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &set, nil)
    let waited = set
    let thread = SystemThread { [self] in
      var set = waited
      var signal: Int32 = 0
      while sigwait(&set, &signal) == 0 {
        if received != 0 { _exit(signal == SIGTERM ? 143 : 130) }
        last.store(signal, ordering: .relaxed)
        stop.stop()
      }
    }
    guard let thread else {
      // Without one a signal ends the process at once; what was drawn up to the last checkpoint is safe.
      pthread_sigmask(SIG_UNBLOCK, &set, nil)
      return
    }
    thread.detach()
  }
}
