import Fieldwork
import Foundation

/// stdout and stderr of the command: everything it prints goes through here, and is written whole or not silently
/// lost.
///
/// C's and Foundation's writers lose what a full disk or a closed pipe refuses, or trap.
struct StandardStream: Sendable {
  static let output = StandardStream(descriptor: STDOUT_FILENO)
  static let errors = StandardStream(descriptor: STDERR_FILENO)

  let descriptor: Int32

  /// Opens descriptors 0 to 2 where the caller has closed them, so that no file of the program gets one of them.
  ///
  /// They are opened the wrong way round: reading or writing them fails as on a closed one.
  static func reserve() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
    // Writing to a closed pipe, or beyond a limit on the size of files, is an error that is told.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Writes everything, whatever interrupts or delays it.
  ///
  /// - Parameter patience: milliseconds to wait for a reader that is not ready, again and again; below 0: for ever.
  /// - Returns: 0, or the number of the error.
  func write(_ bytes: some ContiguousBytes, patience: Int32 = -1) -> Int32 {
    bytes.withUnsafeBytes { all in
      guard let start = all.baseAddress else { return 0 }
      var done = 0
      while done < all.count {
        let written = Foundation.write(descriptor, start + done, all.count - done)
        if written >= 0 {
          done += written
        } else if errno == EAGAIN {
          var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          if poll(&wanted, 1, patience) == 0 { return EAGAIN }
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }

  /// Prints on stdout; where that fails the program ends, with 141 for a reader that has gone (as SIGPIPE would
  /// end it) and a sentence and 74 for everything else.
  static func print(_ text: String, terminator: String = "\n") {
    print(bytes: Data((text + terminator).utf8))
  }

  static func print(bytes: Data) {
    let failure = output.write(bytes)
    guard failure != 0 else { return }
    if failure == EPIPE { exit(141) }
    complain("stdout: \(String(cString: strerror(failure))): not everything could be printed")
    exit(StudyError.Code.inputOutput.rawValue)
  }

  /// Says something, if there is something to say, on stderr and as the program.
  static func complain(_ sentence: String?) {
    if let sentence { note("fieldwork: \(sentence)\n") }
  }

  /// Writes on stderr; what it does not take is lost.
  static func note(_ text: String) { _ = errors.write(Data(text.utf8), patience: 1000) }
}

/// Takes the place of the standard library's, which loses what a full disk does not take.
func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
  StandardStream.print(
    items.map { "\($0)" }.joined(separator: separator), terminator: terminator)
}
