import Foundation

/// Which changes of a study an existing run can be extended by.
enum StudyExtension {
  /// Nothing but more networks, runs, cases, measurements and orders may differ: cases and measurements that ran
  /// stay in their order, others may stand between them. The title, and the list of what is swept, are free.
  /// - Returns: the key that differs otherwise, with both values; nil if there is none.
  static func firstDifference(from old: JSONValue, to new: JSONValue) -> String? {
    let (old, new) = (old.canonical, new.canonical)
    if old["points"] != new["points"] { return shown("points", old["points"], new["points"]) }
    return sampling(old["sampling"], new["sampling"]) ?? cases(old["ensembles"], new["ensembles"])
      ?? measurements(old["measure"], new["measure"])
  }

  private static func shown(_ key: String, _ a: JSONValue?, _ b: JSONValue?) -> String {
    "\(key) (\(a?.text.prefix(80) ?? "absent") there, \(b?.text.prefix(80) ?? "absent") here)"
  }

  private static func sampling(_ old: JSONValue?, _ new: JSONValue?) -> String? {
    guard case .object(let a)? = old, case .object(let b)? = new else { return "sampling" }
    // Of a file counts what it holds, not where it lies.
    for key in Set(a.keys).union(b.keys).sorted() where a[key] != b[key] && key != "outputs" {
      if ["networks", "runs"].contains(key), case .integer(let x)? = a[key],
        case .integer(let y)? = b[key], y >= x
      {
        continue
      }
      return shown("sampling.\(key)", a[key], b[key])
    }
    return nil
  }

  private static func cases(_ old: JSONValue?, _ new: JSONValue?) -> String? {
    guard case .array(let before)? = old, case .array(let after)? = new else { return "ensemble" }
    guard let lost = firstLost(of: before, among: after, isKept: ==) else { return nil }
    if before.count == 1, after.count == 1 { return deepest("ensemble", before[0], after[0]) }
    return after.contains(before[lost])
      ? "ensemble: the order of the cases that ran: \(before[lost].text.prefix(160))"
      : "ensemble: a case that ran is not part of it any more: \(before[lost].text.prefix(160))"
  }

  private static func measurements(_ old: JSONValue?, _ new: JSONValue?) -> String? {
    guard case .array(let before)? = old, case .array(let after)? = new else { return "measure" }
    guard let lost = firstLost(of: before, among: after, isKept: isGrown) else { return nil }
    guard case .object(let object) = before[lost], let (name, options) = object.first else {
      return "measure"
    }
    guard let again = after.compactMap({ $0[name] }).first else {
      return shown("measure.\(name)", options, nil)
    }
    // It is there and as it was: what differs is its place.
    if after.contains(where: { isGrown(before[lost], $0) }) {
      return shown("measure: the order of the measurements", names(before), names(after))
    }
    return deepest("measure.\(name)", options, again)
  }

  private static func names(_ list: [JSONValue]) -> JSONValue {
    .array(
      list.compactMap {
        if case .object(let object) = $0 { object.keys.first.map { .string($0) } } else { nil }
      })
  }

  /// The place of the first element that is not found again, in order; nil where all are.
  private static func firstLost(
    of before: [JSONValue], among after: [JSONValue], isKept: (JSONValue, JSONValue) -> Bool
  ) -> Int? {
    var next = 0
    for (place, element) in before.enumerated() {
      guard let found = after[next...].firstIndex(where: { isKept(element, $0) }) else {
        return place
      }
      next = found + 1
    }
    return nil
  }

  /// Whether an entry of `measure` is another with more orders, or with more tests in its list.
  private static func isGrown(_ old: JSONValue, _ new: JSONValue) -> Bool {
    guard case .object(let a) = old, case .object(let b) = new, a.count == 1, b.count == 1,
      let (name, before) = a.first, let after = b[name]
    else { return old == new }
    return areGrown(before, after)
  }

  private static func areGrown(_ old: JSONValue, _ new: JSONValue) -> Bool {
    switch (old, new) {
    case (.object(let a), .object(let b)):
      Set(a.keys) == Set(b.keys)
        && a.allSatisfy { key, value in
          value == b[key] || (key == "orders" && isSubset(value, b[key]))
        }
    case (.array(let a), .array(let b)):
      firstLost(of: a, among: b, isKept: { areGrown($0, $1) }) == nil
    default: old == new
    }
  }

  private static func isSubset(_ old: JSONValue, _ new: JSONValue?) -> Bool {
    guard case .array(let a) = old, case .array(let b)? = new else { return false }
    return Set(a).isSubset(of: Set(b))
  }

  /// The first key path at which two documents differ beyond what may grow.
  private static func deepest(_ key: String, _ old: JSONValue, _ new: JSONValue) -> String {
    let paths = old.differences(from: new).filter { path in
      !path.hasSuffix("orders") || !isSubset(old.at(path) ?? .null, new.at(path))
    }
    guard let path = paths.first, !path.isEmpty else { return shown(key, old, new) }
    return shown("\(key).\(path)", old.at(path), new.at(path))
  }
}

extension Study {
  /// What keeps the results of a study that ran, in its expanded form, from being extended to this one: the key that
  /// differs, with both values; nil where nothing does.
  public func whyNotExtending(_ ran: JSONValue) -> String? {
    StudyExtension.firstDifference(from: ran, to: expanded)
  }
}

extension JSONValue {
  /// As it is read back from a file: 2.0 is the integer 2 there.
  var canonical: JSONValue {
    guard let data = try? Results.encoder().encode(self) else { return self }
    return (try? JSONDecoder().decode(JSONValue.self, from: data)) ?? self
  }

  /// What stands at a path of keys and places.
  func at(_ path: String) -> JSONValue? {
    path.split(separator: ".").reduce(Optional(self)) { value, key in
      switch value {
      case .object(let object)?: object[String(key)]
      case .array(let list)?: Int(key).flatMap { list.indices.contains($0) ? list[$0] : nil }
      default: nil
      }
    }
  }
}
