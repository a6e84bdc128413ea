import Fieldwork
import Foundation

/// A validator for the part of JSON Schema that the schema of `results.json` uses: type, enum,
/// properties, required, additionalProperties, items, anyOf, $ref into $defs, minimum.
public struct JSONSchema {
  private let root: JSONValue

  public init(_ text: String) throws {
    root = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }

  /// Violations, each with its path; empty for a valid document.
  public func violations(_ value: JSONValue) -> [String] { check(value, root, "$") }

  private func check(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
    guard case .object(let rules) = schema else { return [] }
    var found: [String] = []
    if case .string(let reference)? = rules["$ref"] {
      let name = reference.split(separator: "/").last.map(String.init) ?? ""
      guard let target = root["$defs"]?[name] else { return ["\(path): unknown \(reference)"] }
      found += check(value, target, path)
    }
    if case .array(let options)? = rules["anyOf"],
      !options.contains(where: { check(value, $0, path).isEmpty })
    {
      found.append("\(path): matches none of anyOf")
    }
    if let type = rules["type"] {
      let names: [String] =
        if case .array(let list) = type { list.map(\.text) } else { [type.text] }
      if !names.contains(where: { Self.matches(value, $0) }) {
        found.append(
          "\(path): expected \(names.joined(separator: " or ")), found \(value.text.prefix(40))")
      }
    }
    if case .array(let allowed)? = rules["enum"], !allowed.contains(value) {
      found.append("\(path): \(value.text) is not allowed")
    }
    if case .object(let object) = value {
      if case .array(let required)? = rules["required"] {
        for key in required where object[key.text] == nil {
          found.append("\(path): no \(key.text)")
        }
      }
      guard case .object(let properties)? = rules["properties"] else { return found }
      for (key, child) in object {
        if let rule = properties[key] {
          found += check(child, rule, "\(path).\(key)")
        } else if rules["additionalProperties"] == .bool(false) {
          found.append("\(path): unexpected \(key)")
        }
      }
    }
    if case .array(let items) = value, let rule = rules["items"] {
      for (i, item) in items.enumerated() { found += check(item, rule, "\(path)[\(i)]") }
    }
    return found
  }

  private static func matches(_ value: JSONValue, _ type: String) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array),
      ("object", .object), ("integer", .integer), ("number", .integer), ("number", .number):
      true
    default: false
    }
  }
}
