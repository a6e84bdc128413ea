import Foundation
import NumericalMethods
import Synchronization
import Yams

/// A node of a study file: what was written, and where.
public struct YAMLTree: Sendable {
  public enum Content: Sendable {
    case scalar(String, quoted: Bool)
    case sequence([YAMLTree])
    case mapping([(key: String, value: YAMLTree)])
  }

  public var content: Content
  public let line: Int
  public let column: Int

  public init(_ content: Content, line: Int = 0, column: Int = 0) {
    self.content = content
    self.line = line
    self.column = column
  }

  /// Limits that keep hostile files (alias bombs, deep nesting) from costing anything.
  static let maximumBytes = 4 << 20
  static let maximumNodes = 400_000
  static let maximumDepth = 60
  static let maximumAliases = 16

  /// - Throws: `StudyError` (65) with line and column for broken YAML.
  public init(yaml: String, file: String) throws(StudyError) {
    func refuse(_ reason: String) -> StudyError { StudyError(.badStudy, "\(file): \(reason)") }
    guard yaml.utf8.count <= Self.maximumBytes else { throw Self.tooLarge(file) }
    // An alias starts a token; a few cannot multiply to anything large, many are refused unread.
    var aliases = 0
    var previous: UInt8 = 10
    for byte in yaml.utf8 {
      if byte == 42, [9, 10, 13, 32, 44, 58, 63, 45, 91, 123].contains(previous) { aliases += 1 }
      previous = byte
    }
    guard aliases <= Self.maximumAliases else {
      throw refuse(
        "has more than \(Self.maximumAliases) YAML aliases (*name); write the values out")
    }
    guard let parsed = Self.onLargeStack({ Self.parse(yaml, file: file) }) else {
      throw StudyError(
        .internalError,
        "\(file): the system gives no thread to read it in: memory or processes are limited (ulimit -v, ulimit -u)"
      )
    }
    self = try parsed.get()
  }

  static func tooLarge(_ file: String) -> StudyError {
    StudyError(
      .badStudy,
      "\(file): is larger than \(maximumBytes >> 20) MiB; keep points in a file of their own")
  }

  /// What YAML takes for nothing.
  static func isNull(_ text: String) -> Bool {
    ["", "~", "null", "Null", "NULL"].contains(text)
  }

  private static func parse(_ yaml: String, file: String) -> Result<YAMLTree, StudyError> {
    do {
      guard let node = try Yams.compose(yaml: yaml, .basic) else {
        return .failure(StudyError(.badStudy, "\(file): is empty"))
      }
      var budget = maximumNodes
      return .success(try convert(node, file: file, depth: 0, budget: &budget))
    } catch let error as StudyError {
      return .failure(error)
    } catch {
      return .failure(StudyError(.badStudy, "\(file): \(sentence(error))"))
    }
  }

  /// libyaml nests up to a thousand levels, deeper than the stack of many a thread.
  private static func onLargeStack<T: Sendable>(_ body: @escaping @Sendable () -> T) -> T? {
    let box = ResultBox<T>()
    let work: @Sendable () -> Void = {
      let value = body()
      box.value.withLock { $0 = value }
    }
    guard let thread = SystemThread(stackSize: 64 << 20, work) else { return nil }
    thread.join()
    return box.value.withLock { $0 }
  }

  private static func sentence(_ error: any Error) -> String {
    guard let error = error as? YamlError else { return "line 1, column 1: \(error)" }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return "line \(mark.line), column \(mark.column): \(problem)"
    case .duplicatedKeysInMapping(let keys, let context):
      return
        "line \(context.mark.line), column \(context.mark.column): the key \(keys.joined(separator: ", ")) stands twice"
    case .reader(let problem, let offset, _, _):
      return "line 1, column \((offset ?? 0) + 1): \(problem)"
    default:
      return "line 1, column 1: is not readable as YAML"
    }
  }

  private static func convert(_ node: Node, file: String, depth: Int, budget: inout Int)
    throws(StudyError) -> YAMLTree
  {
    budget -= 1
    let line = node.mark?.line ?? 0
    let column = node.mark?.column ?? 0
    func refuse(_ reason: String) -> StudyError {
      StudyError(.badStudy, "\(file): line \(line), column \(column): \(reason)")
    }
    guard budget > 0 else { throw refuse("the file expands to more than \(maximumNodes) entries") }
    guard depth < maximumDepth else { throw refuse("nested more than \(maximumDepth) levels deep") }
    switch node {
    case .scalar(let scalar):
      return YAMLTree(
        .scalar(scalar.string, quoted: scalar.style != .plain && scalar.style != .any),
        line: line, column: column)
    case .sequence(let sequence):
      var items: [YAMLTree] = []
      for item in sequence {
        items.append(try convert(item, file: file, depth: depth + 1, budget: &budget))
      }
      return YAMLTree(.sequence(items), line: line, column: column)
    case .mapping(let mapping):
      var items: [(key: String, value: YAMLTree)] = []
      for (key, value) in mapping {
        guard case .scalar(let name) = key else { throw refuse("a key must be a plain word") }
        items.append(
          (name.string, try convert(value, file: file, depth: depth + 1, budget: &budget)))
      }
      return YAMLTree(.mapping(items), line: line, column: column)
    case .alias:
      throw refuse("an alias that points nowhere")
    }
  }

  public subscript(key: String) -> YAMLTree? {
    if case .mapping(let items) = content { return items.first { $0.key == key }?.value }
    return nil
  }

  /// What was found, in words, for messages.
  public var summary: String {
    switch content {
    case .scalar(let text, let quoted):
      let shown = text.count > 40 ? text.prefix(40) + "..." : text[...]
      return quoted ? "\"\(shown)\"" : shown.isEmpty ? "nothing" : String(shown)
    case .sequence(let items): return "a list of \(items.count)"
    case .mapping(let items):
      return "a mapping with the keys \(items.prefix(4).map(\.key).joined(separator: ", "))"
    }
  }

  /// Replaces the node at a dotted key path (`ensemble.hidden.0.width`), making mappings on the way.
  mutating func set(_ path: [String], to value: YAMLTree) -> Bool {
    guard let key = path.first else {
      self = value
      return true
    }
    let rest = Array(path.dropFirst())
    switch content {
    case .mapping(var items):
      if let k = items.firstIndex(where: { $0.key == key }) {
        guard items[k].value.set(rest, to: value) else { return false }
      } else {
        var child = YAMLTree(.mapping([]), line: line, column: column)
        guard child.set(rest, to: value) else { return false }
        items.append((key, child))
      }
      content = .mapping(items)
      return true
    case .sequence(var items):
      guard let k = Int(key), items.indices.contains(k), items[k].set(rest, to: value) else {
        return false
      }
      content = .sequence(items)
      return true
    case .scalar(let text, false) where Self.isNull(text):
      content = .mapping([])
      return set(path, to: value)
    case .scalar: return false
    }
  }
}

/// A value handed from one thread to another, which waits for it.
private final class ResultBox<T: Sendable>: Sendable {
  let value = Mutex<T?>(nil)
}
