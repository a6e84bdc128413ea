import CVectorMath
import Foundation

/// The instruction set of the vector loops.
public struct InstructionSet: Sendable, Hashable, CustomStringConvertible {
  public let level: Int32

  /// The one that `FIELDWORK_INSTRUCTION_SET` names, otherwise the highest that this machine has; where the variable
  /// names none (`refusal`), too.
  public static let chosen = named ?? available[available.count - 1]

  /// All that this machine has, lowest first.
  public static let available = (0...fw_level_available()).map { InstructionSet(level: $0) }

  public var description: String { String(cString: fw_level_name(level)) }

  private static let wanted = ProcessInfo.processInfo.environment["FIELDWORK_INSTRUCTION_SET"] ?? ""
  private static let named = available.first { $0.description == wanted }

  /// Why `FIELDWORK_INSTRUCTION_SET` cannot be followed; nil where it can, or is not set.
  public static var refusal: String? {
    wanted.isEmpty || named != nil
      ? nil
      : "FIELDWORK_INSTRUCTION_SET must name what this processor has (\(available.map(\.description).joined(separator: ", "))), found \"\(wanted)\""
  }
}
