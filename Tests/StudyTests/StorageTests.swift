import Fieldwork
import Foundation
import Synchronization
import TestSupport
import Testing

/// What is stored and read again: versions, damage, and what is said where something is drawn again.
@Suite("What runs leave behind")
struct StorageTests {
  private static func study(
    networks: Int = 1000, width: String = "[2, 3]", orders: String = "[2, 4]", extra: String = ""
  ) -> String {
    """
    ensemble: {hidden: [{activation: erf, width: \(width)}], biases: {sigma: 1}}
    points: [[0.3], [-0.8]]
    sampling: {estimator: outputs, networks: \(networks), runs: 4, save_outputs: true\(extra)}
    measure: [{correlators: {orders: \(orders)}}]
    """
  }

  private static let long = study(networks: 20_000, width: "700")

  @discardableResult
  private func run(
    _ yaml: String, in folder: TemporaryDirectory, name: String = "out",
    existing: StudyRunner.Existing = .resume, stop: StopSignal = StopSignal(),
    note: @escaping @Sendable (String) -> Void = { _ in },
    progress: @escaping @Sendable (StudyRunner.Progress) -> Void = { _ in }
  ) throws -> Results {
    try StudyRunner(
      study: StudyFile.read(yaml: yaml), directory: OutputDirectory(path: folder.file(name)),
      threads: 2
    ).run(existing: existing, stop: stop, note: note, progress: progress)
  }

  /// A run that was stopped after a few batches.
  private func stopped() throws -> TemporaryDirectory {
    let folder = TemporaryDirectory()
    let stop = StopSignal()
    #expect(throws: CancellationError.self) {
      try run(Self.long, in: folder, existing: .refuse, stop: stop, progress: { _ in stop.stop() })
    }
    return folder
  }

  private func refusal(_ body: () throws -> Void) -> StudyError? {
    do {
      try body()
      return nil
    } catch { return error as? StudyError ?? StudyError(.internalError, "\(error)") }
  }

  private func edit(
    _ file: String, _ change: (inout [String: Any]) -> Void
  ) throws {
    let data = try #require(FileManager.default.contents(atPath: file))
    var json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    change(&json)
    try JSONSerialization.data(withJSONObject: json).write(to: URL(fileURLWithPath: file))
  }

  @Test(
    "results of another version, law or class of instructions are not extended, and both are named",
    arguments: [
      ("version", "9.9.9", ["9.9.9", fieldworkVersion]), ("format", 2, ["format 2", "format 1"]),
      ("law", 2, ["law 2", "law 1"]), ("instructions", "none", ["none", "this run uses"]),
    ] as [(String, any Sendable, [String])])
  func versions(key: String, value: any Sendable, named: [String]) throws {
    let folder = TemporaryDirectory()
    try run(Self.study(), in: folder, existing: .refuse)
    let file = folder.file("out/results.json")
    try edit(file) { json in
      var block = json["fieldwork"] as? [String: Any] ?? [:]
      block[key] = value
      json["fieldwork"] = block
    }
    let before = FileManager.default.contents(atPath: file)
    let error = try #require(refusal { try run(Self.study(networks: 2000), in: folder) })
    #expect(error.code == .badStudy, "\(error)")
    for text in named { #expect(error.message.contains(text), "\(error)") }
    #expect(FileManager.default.contents(atPath: file) == before)
    // They can still be looked at.
    #expect(throws: Never.self) { try OutputDirectory(path: folder.file("out")).results() }
  }

  @Test(
    "results from before the first format are read where they decode, else named, never damaged")
  func older() throws {
    let folder = TemporaryDirectory()
    try run(Self.study(), in: folder, existing: .refuse)
    let file = folder.file("out/results.json")
    try edit(file) { json in
      var block = json["fieldwork"] as? [String: Any] ?? [:]
      for key in ["format", "law", "rule", "layouts", "blocks", "instructions", "files", "share"] {
        block[key] = nil
      }
      block["version"] = "0.0.9"
      json["fieldwork"] = block
    }
    let directory = OutputDirectory(path: folder.file("out"))
    #expect(try directory.results().fieldwork.version == "0.0.9")
    let error = try #require(refusal { try run(Self.study(), in: folder) })
    #expect(error.code == .badStudy && error.message.contains("0.0.9, before format 1"), "\(error)")
    for (version, format) in [("0.0.9", nil), ("9.9.9", 7)] as [(String, Int?)] {
      try edit(file) { json in
        json["cases"] = nil
        var block = ["version": version] as [String: Any]
        block["format"] = format
        json["fieldwork"] = block
      }
      let error = try #require(refusal { _ = try directory.results() })
      #expect(error.code == .badStudy && error.message.contains("written by fieldwork \(version)"))
      #expect(!error.message.contains("damaged"))
    }
  }

  @Test("a checkpoint file of another version is named, whichever it is")
  func checkpointVersions() throws {
    let folder = try stopped()
    let checkpoint = folder.file("out/checkpoint")
    for name in try FileManager.default.contentsOfDirectory(atPath: checkpoint)
    where name != "lock" {
      let file = "\(checkpoint)/\(name)"
      let whole = try #require(FileManager.default.contents(atPath: file))
      let text = "\"format\":1"
      let place = try #require(whole.range(of: Data(text.utf8)))
      var other = whole
      other.replaceSubrange(place, with: Data("\"format\":3".utf8))
      try other.write(to: URL(fileURLWithPath: file))
      let error = try #require(refusal { try run(Self.long, in: folder) }, "\(name)")
      #expect(error.code == .badStudy, "\(error)")
      #expect(error.message.contains(name) && error.message.contains("format 3"), "\(error)")
      try whole.write(to: URL(fileURLWithPath: file))
    }
    // The first versions had cells without a header.
    for name in try FileManager.default.contentsOfDirectory(atPath: checkpoint)
    where name.hasSuffix(".cells") {
      try Data("FIELDWORK-CELLS-1\n".utf8).write(to: URL(fileURLWithPath: "\(checkpoint)/\(name)"))
    }
    let error = try #require(refusal { try run(Self.long, in: folder) })
    #expect(error.code == .badStudy && error.message.contains("before format 1"), "\(error)")
  }

  /// nil: the file is missing.
  private static func damaged(_ whole: Data) -> [(String, Data?)] {
    [
      ("missing", nil), ("empty", Data()), ("cut in half", whole.prefix(whole.count / 2)),
      ("one byte short", whole.dropLast()),
      ("changed in the middle", flipped(whole, at: whole.count / 2)),
      ("changed at the end", flipped(whole, at: whole.count - 1)),
      ("changed at the beginning", flipped(whole, at: 0)),
    ]
  }

  private static func flipped(_ data: Data, at place: Int) -> Data {
    var data = data
    data[data.startIndex + place] ^= 4
    return data
  }

  private func replace(_ file: String, _ data: Data?) throws {
    try FileManager.default.removeItem(atPath: file)
    if let data { try data.write(to: URL(fileURLWithPath: file)) }
  }

  @Test("any damage to any file of a checkpoint is a sentence (74) that names it")
  func checkpointDamage() throws {
    let folder = try stopped()
    let checkpoint = folder.file("out/checkpoint")
    let names = try FileManager.default.contentsOfDirectory(atPath: checkpoint)
    #expect(
      Set(names.map { $0.split(separator: ".").last }) == ["cells", "outputs", "json", "lock"])
    for name in names where name != "lock" {
      let file = "\(checkpoint)/\(name)"
      let whole = try #require(FileManager.default.contents(atPath: file))
      for (what, damage) in Self.damaged(whole) {
        try replace(file, damage)
        let error = try #require(
          refusal { try run(Self.long, in: folder) }, "\(name) \(what): taken without a word")
        #expect(error.code == .inputOutput, "\(name) \(what): \(error)")
        #expect(error.message.contains(name) && error.message.contains("damaged"), "\(error)")
        try? FileManager.default.removeItem(atPath: file)
        try whole.write(to: URL(fileURLWithPath: file))
      }
    }
    // Whole again, it goes on to the bytes of an uninterrupted run.
    let resumed = try run(Self.long, in: folder)
    let fresh = try run(Self.long, in: folder, name: "fresh", existing: .refuse)
    #expect(try resumed.reproducibleJSON() == fresh.reproducibleJSON())
    #expect(resumed.fieldwork.data == fresh.fieldwork.data)
  }

  @Test("any damage to the data of a run that is extended is a sentence (74) that names them")
  func dataDamage() throws {
    let folder = TemporaryDirectory()
    try run(Self.study(), in: folder, existing: .refuse)
    let file = folder.file("out/data.h5")
    let whole = try #require(FileManager.default.contents(atPath: file))
    let other = TemporaryDirectory()
    try run(Self.study(networks: 500), in: other, existing: .refuse)
    let foreign = FileManager.default.contents(atPath: other.file("out/data.h5"))
    for (what, damage) in Self.damaged(whole) + [("of another run", foreign)] {
      try replace(file, damage)
      let error = try #require(
        refusal { try run(Self.study(networks: 2000), in: folder) }, "\(what): taken")
      #expect(error.code == .inputOutput && error.message.contains("data.h5"), "\(what): \(error)")
      try? FileManager.default.removeItem(atPath: file)
      try whole.write(to: URL(fileURLWithPath: file))
    }
    // Before format 1 there was nothing in front of the HDF5 file.
    try replace(file, whole.dropFirst(512))
    let error = try #require(refusal { try run(Self.study(networks: 2000), in: folder) })
    #expect(error.code == .badStudy && error.message.contains("before format 1"), "\(error)")
    try replace(file, whole)
    try replace(folder.file("out/results.json"), nil)
    let lost = try #require(refusal { try run(Self.study(networks: 2000), in: folder) })
    #expect(lost.code == .inputOutput && lost.message.contains("results.json"), "\(lost)")
  }

  @Test("what is drawn again is said: products, contractions, a folder with nothing in it")
  func notes() throws {
    let folder = TemporaryDirectory()
    let notes = Mutex<[String]>([])
    func noted(_ yaml: String) throws -> [String] {
      notes.withLock { $0 = [] }
      try run(yaml, in: folder, note: { text in notes.withLock { $0.append(text) } })
      return notes.withLock { $0 }
    }
    #expect(try noted(Self.study()).contains { $0.contains("nothing to resume") })
    #expect(try noted(Self.study(networks: 2000)) == [])
    #expect(try noted(Self.study(networks: 2000, width: "[2, 3, 4]")) == [])
    let again = try noted(Self.study(networks: 2000, width: "[2, 3, 4]", orders: "[2, 4, 6]"))
    #expect(again.count == 3 && again.allSatisfy { $0.contains("drawn again") }, "\(again)")
  }

  @Test("the data of two equal runs are equal in bytes, whatever the threads")
  func equalData() throws {
    let folder = TemporaryDirectory()
    try run(Self.study(), in: folder, name: "a", existing: .refuse)
    // Times of a second would differ.
    Thread.sleep(forTimeInterval: 1.1)
    _ = try StudyRunner(
      study: StudyFile.read(yaml: Self.study()), directory: OutputDirectory(path: folder.file("b"))
    ).run()
    let a = try #require(FileManager.default.contents(atPath: folder.file("a/data.h5")))
    #expect(a == FileManager.default.contents(atPath: folder.file("b/data.h5")))
    #expect(try HDF5File(reading: folder.file("a/data.h5")).read("cases/0/outputs").count == 8000)
  }

  @Test("results that are there are refused before anything is computed")
  func refusedFirst() throws {
    let folder = TemporaryDirectory()
    try run(Self.study(), in: folder, existing: .refuse)
    // The theory of this one would be refused (65) once it is looked for.
    let other = """
      ensemble: {hidden: [{activation: {formula: "exp(x^2/4)"}, width: 3}]}
      points: [[0.3], [-0.8]]
      sampling: {estimator: exact}
      """
    #expect(
      refusal { try run(other, in: folder, name: "new", existing: .refuse) }?.code == .badStudy)
    #expect(refusal { try run(other, in: folder, existing: .refuse) }?.code == .cannotWrite)
  }

  @Test("--overwrite removes nothing while another run holds the lock")
  func lockedOverwrite() throws {
    let folder = try stopped()
    let checkpoint = folder.file("out/checkpoint")
    let descriptor = open("\(checkpoint)/lock", O_RDWR)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    let before = try FileManager.default.contentsOfDirectory(atPath: checkpoint).sorted()
    let error = refusal { try run(Self.study(), in: folder, existing: .overwrite) }
    #expect(error?.code == .cannotWrite)
    #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoint).sorted() == before)
  }

  @Test("a file that another program writes to is said to be locked")
  func locked() throws {
    let folder = TemporaryDirectory()
    try run(Self.study(), in: folder, existing: .refuse)
    let path = folder.file("out/data.h5")
    let descriptor = open(path, O_RDWR)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    do {
      _ = try HDF5File(reading: path)
      Issue.record("read")
    } catch { #expect("\(error)".contains("locked by another program"), "\(error)") }
  }
}
