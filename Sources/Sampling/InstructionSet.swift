import CVectorMath

/// The instruction set of the vector loops. Results are bit-identical on the same one.
public struct InstructionSet: Sendable, Hashable, CustomStringConvertible {
  public let level: Int32

  /// The highest that this machine has, or the one that `FIELDWORK_INSTRUCTION_SET` names.
  public static let chosen = InstructionSet(level: fw_level_chosen())

  /// All that this machine has, lowest first.
  public static let available = (0...fw_level_available()).map { InstructionSet(level: $0) }

  public var description: String { String(cString: fw_level_name(level)) }
}
