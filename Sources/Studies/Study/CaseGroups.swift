extension Study {
  /// Cases that differ in some parameters alone, by the others.
  struct CaseGroup {
    let parameters: [String: JSONValue]
    let cases: [Int]
  }

  /// - Parameters:
  ///   - varies: whether a parameter, by its name, may differ within a group.
  ///   - included: which cases are looked at.
  func groups(varying varies: (String) -> Bool, where included: (Int) -> Bool) -> [CaseGroup] {
    var order: [[String: JSONValue]] = []
    var members: [[String: JSONValue]: [Int]] = [:]
    for (index, item) in cases.enumerated() where included(index) {
      let others = item.parameters.filter { !varies($0.key) }
      if members[others] == nil { order.append(others) }
      members[others, default: []].append(index)
    }
    return order.map { CaseGroup(parameters: $0, cases: members[$0] ?? []) }
  }
}
