import Foundation

/// A program that runs beside this one, without standard streams.
///
/// Foundation's `Process` needs threads and descriptors of its own and waits for ever where the system does not give
/// them; this needs neither.
struct ChildProcess {
  enum State: Equatable {
    case running
    case ended
  }

  private let id: pid_t

  /// Starts it; nil where the system does not let it.
  init?(executable: String, arguments: [String], folder: String) {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
    defer { posix_spawn_file_actions_destroy(&actions) }
    guard posix_spawnattr_init(&attributes) == 0 else { return nil }
    defer { posix_spawnattr_destroy(&attributes) }
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(
        &actions, stream, "/dev/null", stream == STDIN_FILENO ? O_RDONLY : O_WRONLY, 0)
    }
    // Signals as a program expects them, and a group of its own, which can be ended with what it started.
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    // The folder of a child is set by a shell: not every C library sets it.
    let shell = "/bin/sh"
    let place = URL(fileURLWithPath: folder).path
    let line = [shell, "-c", "cd -- \"$0\" && exec \"$@\"", place, executable] + arguments
    var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) }
    var variables: [UnsafeMutablePointer<CChar>?] = ProcessInfo.processInfo.environment
      .map { strdup("\($0)=\($1)") }
    defer { for text in words + variables { free(text) } }
    words.append(nil)
    variables.append(nil)
    var id: pid_t = 0
    guard posix_spawn(&id, shell, &actions, &attributes, words, variables) == 0 else {
      return nil
    }
    self.id = id
  }

  /// Looks, without waiting.
  func look() -> State {
    var status: Int32 = 0
    let found = waitpid(id, &status, WNOHANG)
    // An error means that nothing is left to wait for.
    return found == 0 || (found < 0 && errno == EINTR) ? .running : .ended
  }

  /// Ends it at once.
  func end() {
    kill(-id, SIGKILL)
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
  }
}
