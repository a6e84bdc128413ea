import Foundation

/// Keeps a second run out of a directory; the system lets go of it when the process ends, however
/// it ends.
final class DirectoryLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `StudyError` 73 where another run holds it.
  init(_ directory: String) throws(StudyError) {
    let path = "\(directory)/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw AtomicFile.failure(path) }
    // Not closed here: deinit also runs where init throws with every property set, and a second close
    // would hit whatever file another thread opened in between.
    var (own, there) = (stat(), stat())
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0,
      // A run that has just ended may have taken the file away with its checkpoint.
      fstat(descriptor, &own) == 0, stat(path, &there) == 0,
      own.st_ino == there.st_ino, own.st_dev == there.st_dev
    else {
      throw StudyError(
        .cannotWrite, "\(directory): another run is working here; wait for it or give --output")
    }
  }

  deinit { close(descriptor) }
}
