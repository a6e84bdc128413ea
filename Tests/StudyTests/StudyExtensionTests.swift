import Fieldwork
import Foundation
import Synchronization
import TestSupport
import Testing

extension StudyRunTests {
  @Test(
    "a finished run is extended in networks, runs, widths and orders, with the bytes of a fresh one"
  )
  func extensions() throws {
    let folder = TemporaryDirectory()
    try run(Self.yaml(networks: 1010), in: folder)
    let steps = [
      Self.yaml(networks: 2050), Self.yaml(networks: 2050, runs: 6),
      Self.yaml(width: "[2, 3, 4]", networks: 2050, runs: 6),
      Self.yaml(width: "[2, 3, 4]", networks: 2050, runs: 6, orders: "[2, 4, 6]"),
    ]
    for (k, yaml) in steps.enumerated() {
      let extended = try run(yaml, in: folder, existing: .resume, threads: 2)
      // A fresh run divides its runs into cells by their number; the extended one keeps its own.
      let fresh = try run(
        yaml.replacing("seed: 5", with: "seed: 5, blocks: \(k >= 1 ? 384 : 256)"), in: folder,
        name: "fresh\(k)", threads: 2)
      #expect(try extended.reproducibleJSON() == fresh.reproducibleJSON(), "step \(k)")
    }
  }

  @Test("extension draws only what is missing")
  func extensionDraws() throws {
    let folder = TemporaryDirectory()
    try run(Self.yaml(networks: 64_000), in: folder)
    let calls = Mutex<[Double]>([])
    try run(
      Self.yaml(width: "[2, 4, 8]", networks: 64_000), in: folder, existing: .resume,
      progress: { p in calls.withLock { $0.append(p.done / p.total) } })
    let first = try #require(calls.withLock { $0.first })
    #expect(first > 2.0 / 3)
  }

  @Test("raw outputs of an extended run: the earlier ones stand where they belong")
  func extendedOutputs() throws {
    let folder = TemporaryDirectory()
    let yaml = { (networks: Int) in
      Self.yaml(
        width: "4", networks: networks, estimator: "outputs", extra: ", save_outputs: true")
    }
    try run(yaml(1010), in: folder)
    try run(yaml(3000), in: folder, existing: .resume)
    try run(yaml(3000), in: folder, name: "fresh")
    let a = try HDF5File(reading: folder.file("out/data.h5")).read("cases/0/outputs")
    let b = try HDF5File(reading: folder.file("fresh/data.h5")).read("cases/0/outputs")
    #expect(a == b)
  }

  @Test(
    "any other change is refused and named",
    arguments: [
      ("sampling.seed", StudyRunTests.yaml(seed: 6)),
      ("sampling.networks", StudyRunTests.yaml(networks: 100)),
      ("sampling.runs", StudyRunTests.yaml(runs: 3)),
      ("sampling.estimator", StudyRunTests.yaml(estimator: "outputs")),
      ("measure.correlators.orders", StudyRunTests.yaml(orders: "[4]")),
      ("ensemble", StudyRunTests.yaml(width: "[2]")),
      ("points", StudyRunTests.yaml().replacing("-0.8", with: "0.8")),
    ])
  func refusedChanges(key: String, yaml: String) throws {
    let folder = TemporaryDirectory()
    try run(Self.yaml(), in: folder)
    let before = FileManager.default.contents(atPath: folder.file("out/results.json"))
    do {
      try run(yaml, in: folder, existing: .resume)
      Issue.record("accepted")
    } catch let error as StudyError {
      #expect(error.code == .badStudy && error.message.contains(key), "\(error)")
    }
    #expect(FileManager.default.contents(atPath: folder.file("out/results.json")) == before)
  }

  @Test("raw outputs are those at the points of the study, whatever else is measured")
  func savedOutputs() throws {
    let folder = TemporaryDirectory()
    func yaml(_ measure: String) -> String {
      """
      ensemble: {outputs: 2, hidden: [{activation: cos, width: 4}]}
      points: [[0.2], [0.5]]
      sampling: {estimator: outputs, networks: 1000, runs: 4, save_outputs: true}
      measure: [\(measure)]
      """
    }
    try run(yaml("correlators: {orders: [2]}"), in: folder, name: "plain")
    try run(
      yaml(
        "locality: {orders: [2], points: [1, 0]}, symmetry: [{group: translations}, {of: ntk}, {group: SO}]"
      ), in: folder, name: "much")
    let a = try HDF5File(reading: folder.file("plain/data.h5")).read("cases/0/outputs")
    let b = try HDF5File(reading: folder.file("much/data.h5")).read("cases/0/outputs")
    #expect(a == b && a.count == 4 * 1000 * 4)
  }
}
