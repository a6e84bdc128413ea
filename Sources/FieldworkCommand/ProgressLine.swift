import Fieldwork
import Foundation
import Synchronization

/// Progress on stderr: one live line on a terminal that can move its cursor, a plain line every ten seconds
/// elsewhere.
final class ProgressLine: Sendable {
  private struct State {
    var first: (done: Double, time: Date)?
    var shown = Date.distantPast
    var live = false
  }

  private let enabled: Bool
  private let terminal = isTerminal
  private let state = Mutex(State())

  init(enabled: Bool) { self.enabled = enabled }

  func show(_ progress: StudyRunner.Progress) {
    guard enabled else { return }
    state.withLock { state in
      let now = Date()
      guard let first = state.first else {
        state.first = (progress.done, now)
        if !terminal { state.shown = now }
        return
      }
      guard now.timeIntervalSince(state.shown) > (terminal ? 0.1 : 10) else { return }
      state.shown = now
      let elapsed = now.timeIntervalSince(first.time)
      let rate = elapsed > 0 ? (progress.done - first.done) / elapsed : 0
      let left = rate > 0 ? max(0, (progress.total - progress.done) / rate) : 0
      let text = String(
        format: "%@  %.3g / %.3g networks (%.0f%%)  %.3g networks/s  %@ left",
        progress.label, progress.done, progress.total, 100 * progress.done / progress.total, rate,
        Self.duration(left))
      if terminal {
        state.live = true
        StandardStream.note("\r\u{1B}[K" + text.prefix(max(1, Self.columns - 1)))
      } else {
        StandardStream.note(text + "\n")
      }
    }
  }

  /// A line of its own, wanted or not.
  func note(_ text: String) {
    end()
    StandardStream.note("fieldwork: note: \(text)\n")
  }

  /// Clears the live line.
  func end() {
    state.withLock { state in
      if state.live { StandardStream.note("\r\u{1B}[K") }
      state.live = false
    }
  }

  private static var isTerminal: Bool {
    let kind = ProcessInfo.processInfo.environment["TERM"] ?? ""
    return isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(kind)
  }

  /// Of the terminal, which may be resized at any time: a longer line would go on in the next one.
  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  static func duration(_ seconds: Double) -> String {
    if seconds < 100 { return String(format: "%.0f s", seconds) }
    if seconds < 6000 { return String(format: "%.0f min", seconds / 60) }
    return String(format: "%.1f h", seconds / 3600)
  }
}
