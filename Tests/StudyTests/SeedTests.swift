import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Seeds of 64 bits")
struct SeedTests {
  private static func yaml(_ seed: String) -> String {
    """
    ensemble: {hidden: [{activation: erf, width: 2}]}
    points: [[0.3]]
    sampling: {networks: 100, runs: 2, seed: \(seed)}
    """
  }

  static let exact: [(String, UInt64)] = [
    ("0", 0), ("9007199254740993", (1 << 53) + 1), ("9223372036854775807", 1 << 63 - 1),
    ("9223372036854775808", 1 << 63), ("18446744073709551615", .max),
    ("18_446_744_073_709_551_614", .max - 1), ("1e6", 1_000_000), ("5.0", 5),
  ]

  @Test("any of them is exact through the study file, --set, results and resume", arguments: exact)
  func exactSeeds(text: String, seed: UInt64) throws {
    #expect(try StudyFile.read(yaml: Self.yaml(text)).sampling.seed == seed)
    let study = try StudyFile.read(yaml: Self.yaml("1"), settings: ["sampling.seed=\(text)"])
    #expect(study.sampling.seed == seed)
    let folder = TemporaryDirectory()
    let directory = OutputDirectory(path: folder.file("out"))
    _ = try StudyRunner(study: study, directory: directory).run()
    let block = try directory.results().fieldwork
    #expect(block.seed == seed)
    #expect(block.study["sampling"]?["seed"]?.text == "\(seed)")
    #expect(try HDF5File(reading: directory.dataFile).attribute("seed") == "\(seed)")
    _ = try StudyRunner(study: study, directory: directory).run(existing: .resume)
    // Its neighbour is another seed.
    let other = try StudyFile.read(yaml: Self.yaml("\(seed ^ 1)"))
    #expect(throws: StudyError.self) {
      _ = try StudyRunner(study: other, directory: directory).run(existing: .resume)
    }
  }

  @Test(
    "what is no such number is refused with the range",
    arguments: ["-1", "18446744073709551616", "1e19", "0.5", "1e300", "seven", "\"7\"", "0x10", ""])
  func refused(text: String) throws {
    let reason = refusal(Self.yaml(text.isEmpty ? "[]" : text))
    #expect(reason?.contains("sampling.seed") == true, "\(text): \(reason ?? "taken")")
    #expect(reason?.contains("18446744073709551615") == true || text.isEmpty, "\(reason ?? "")")
  }

  @Test("two neighbours beyond 2^53 draw different networks")
  func neighbours() throws {
    func mean(_ seed: UInt64) throws -> Double? {
      try sampledCorrelators(
        Ensemble("erf", width: 2), points: .line(0.3), estimator: .outputs, orders: [2],
        networks: 100, runs: 2, seed: seed
      )[0].elements[0].full.value
    }
    #expect(try mean(1 << 53) != mean(1 << 53 + 1))
    #expect(try mean(.max) != mean(.max - 1))
  }
}
