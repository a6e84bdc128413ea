/// A failure that the user is told about in one sentence, with its exit code (sysexits).
public struct StudyError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: Int32, Sendable {
    case usage = 64
    case badStudy = 65
    case missingInput = 66
    case internalError = 70
    case cannotWrite = 73
    case inputOutput = 74
    case interrupted = 130
    case terminated = 143
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    // One sentence, whatever was quoted in it.
    self.message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  public var description: String { message }
}
