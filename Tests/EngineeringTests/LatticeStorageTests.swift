import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Checkpoints of lattices")
struct LatticeStorageTests {
  private static func run(_ folder: String, coupling: Double = 3, chains: Int = 1) throws
    -> LatticeHMC.Run
  {
    let lattice = try ScalarLattice(dimension: 2, size: 4, massSquared: 1, coupling: coupling)
    var settings = LatticeHMC.Settings()
    (settings.trajectories, settings.thermalisation, settings.chains) = (100, 20, chains)
    return try LatticeHMC(lattice, settings: settings).run(checkpoints: folder)
  }

  private func refusal(_ folder: String) -> StorageError? {
    do {
      _ = try Self.run(folder)
      return nil
    } catch { return error as? StorageError }
  }

  private func folder() throws -> (TemporaryDirectory, path: String, file: String) {
    let directory = TemporaryDirectory()
    let path = directory.file("chains")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    _ = try Self.run(path)
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(names.count == 1)
    return (directory, path, "\(path)/\(names[0])")
  }

  @Test("any damage is told, and no byte is taken on trust")
  func damage() throws {
    let (directory, path, file) = try folder()
    defer { withExtendedLifetime(directory) {} }
    let whole = try #require(FileManager.default.contents(atPath: file))
    var variants = [Data(), whole.prefix(10), whole.prefix(whole.count / 2), whole.dropLast()]
    for place in stride(from: 0, to: whole.count, by: 97) {
      var other = whole
      other[place] ^= 1
      variants.append(other)
    }
    for (k, other) in variants.enumerated() {
      try other.write(to: URL(fileURLWithPath: file))
      let error = try #require(refusal(path), "variant \(k) is taken")
      #expect(error.description.contains(file))
    }
    try whole.write(to: URL(fileURLWithPath: file))
    #expect(refusal(path) == nil)
  }

  @Test("files of other versions are named")
  func versions() throws {
    let (directory, path, file) = try folder()
    defer { withExtendedLifetime(directory) {} }
    let whole = try #require(FileManager.default.contents(atPath: file))
    // What the first versions wrote.
    try Data("{\"accepted\":1}\n".utf8).write(to: URL(fileURLWithPath: file))
    #expect(refusal(path)?.reason == .foreign)
    var other = whole
    other.replaceSubrange(
      try #require(whole.range(of: Data("\"format\":1".utf8))), with: Data("\"format\":9".utf8))
    try other.write(to: URL(fileURLWithPath: file))
    #expect(refusal(path)?.description.contains("format 9") == true)
  }

  @Test("lattices that differ in anything have different random numbers")
  func streams() throws {
    let directory = TemporaryDirectory()
    let path = directory.file("chains")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    // With the same numbers they would differ by 1e-11 of each other.
    let a = try Self.run(path).observables.phi2.value
    let b = try Self.run(path, coupling: 3 + 1e-9).observables.phi2.value
    #expect(relativeDifference(a, b) > 1e-4)
    #expect(relativeDifference(a, b) < 0.5)
  }

  @Test("a lattice whose checkpoint finds no room ends with the file and the reason")
  func noRoom() {
    #expect(throws: FileWriteError.self) { try Self.run("/nonexistent/folder") }
  }
}
