import DataFiles
import Foundation
import NumericalMethods

/// The version of the package.
public let fieldworkVersion = "0.1.0"

/// What stands before everything that is stored: results, data, checkpoints of studies, of passes and of lattices.
///
/// Two integers say what it means: `format`, how files are laid out, and `law`, which random numbers a seed
/// names. What was stored under others is not continued; beyond them the version of the package says
/// nothing, unless it is newer than this one.
public struct StorageHeader: Sendable, Hashable, Codable {
  /// Which part of the samples a process draws: number `index` of `count`, from 1.
  public struct Share: Sendable, Hashable, Codable {
    public var index = 1
    public var count = 1

    public init() {}
  }

  /// The layout of files that this version writes.
  public static let format = 1
  /// The assignment of random numbers to seeds that this version has.
  public static let law = 1
  /// The generator of networks, and how its counter is used.
  public static let generator = "philox4x32-10(draw, network, run, stream)"

  /// Of the package.
  public var version = fieldworkVersion
  /// 0 for what was written before there was one.
  public var format = Self.format
  public var law = Self.law
  /// How numbers become samples.
  public var rule = Self.generator
  /// Runs, samples and cells of each pass; of one where the file holds one.
  public var layouts: [CellLayout] = []
  /// Sets of samples that were asked for, for covariances.
  public var blocks = 0
  /// The class of instructions; within one, all bits are equal.
  public var instructions = Self.instructionClass
  /// The files that were read, with their contents by hash.
  public var files: [InputFile] = []
  public var share = Share()

  public init() {}

  /// The class of the instructions that this process uses.
  public static var instructionClass: String { ArithmeticClass.current }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func value<T: Decodable>(_ key: CodingKeys, or fallback: T) throws -> T {
      try container.decodeIfPresent(T.self, forKey: key) ?? fallback
    }
    version = try container.decode(String.self, forKey: .version)
    format = try value(.format, or: 0)
    law = try value(.law, or: 0)
    rule = try value(.rule, or: "")
    blocks = try value(.blocks, or: 0)
    instructions = try value(.instructions, or: "")
    // A newer format may hold anything under these names.
    guard format == Self.format else { return }
    layouts = try value(.layouts, or: [])
    files = try value(.files, or: [])
    share = try value(.share, or: Share())
  }
}

extension StorageHeader {
  private var writer: String {
    format == 0
      ? "fieldwork \(version), before format 1" : "fieldwork \(version) in format \(format)"
  }

  /// Why this version cannot read what stands under the header; nil where it can.
  public var whyUnreadable: String? {
    format == Self.format
      ? nil
      : "written by \(writer); this is fieldwork \(fieldworkVersion), which reads format \(Self.format)"
  }

  /// Why what stands under the header cannot be continued by this version under another header; nil where it can.
  public func whyNotContinued(by now: StorageHeader) -> String? {
    if let whyUnreadable { return whyUnreadable }
    if law != now.law {
      return
        "written by \(writer) with random numbers of law \(law); this is fieldwork \(now.version) with those of law \(now.law)"
    }
    if Self.isNewer(version, than: now.version) {
      return "written by \(writer), which is newer than this fieldwork \(now.version)"
    }
    if instructions != now.instructions {
      return
        "it ran with the arithmetic \(instructions), this run uses \(now.instructions)\(Self.remedy(instructions, now.instructions))"
    }
    if share != now.share {
      return
        "it holds share \(share.index) of \(share.count), this run draws share \(now.share.index) of \(now.share.count)"
    }
    if blocks != now.blocks {
      return "it keeps at least \(blocks) blocks, this run \(now.blocks)"
    }
    return nil
  }

  /// How this machine can be brought to another class, where it can: loops are chosen, the C library is not.
  private static func remedy(_ there: String, _ here: String) -> String {
    func parts(_ text: String) -> [Substring] { text.split(separator: " ") }
    guard parts(there).dropFirst() == parts(here).dropFirst() else { return "" }
    switch parts(there).first {
    case "baseline": return "; set FIELDWORK_INSTRUCTION_SET=baseline"
    case "fused": return "; do without FIELDWORK_INSTRUCTION_SET=baseline"
    default: return ""
    }
  }

  /// Compares the numbers of two versions, part by part.
  private static func isNewer(_ a: String, than b: String) -> Bool {
    func parts(_ text: String) -> [Int] {
      text.split { $0 == "." || $0 == "-" }.map { Int($0) ?? 0 }
    }
    return parts(b).lexicographicallyPrecedes(parts(a))
  }
}
