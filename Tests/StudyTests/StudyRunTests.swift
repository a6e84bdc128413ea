import Fieldwork
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Running, resuming and extending studies")
struct StudyRunTests {
  static func yaml(
    width: String = "[2, 4]", networks: Int = 3000, runs: Int = 4, orders: String = "[2, 4]",
    estimator: String = "conditional", seed: Int = 5, extra: String = ""
  ) -> String {
    """
    title: test
    ensemble:
      hidden: [{activation: erf, width: \(width)}]
      biases: {sigma: 1}
    points: [[0.3], [-0.8]]
    sampling: {estimator: \(estimator), networks: \(networks), runs: \(runs), seed: \(seed)\(extra)}
    measure: [{correlators: {orders: \(orders)}}]
    """
  }

  @discardableResult
  func run(
    _ yaml: String, in folder: TemporaryDirectory, name: String = "out",
    existing: StudyRunner.Existing = .refuse, threads: Int = 1, stop: StopSignal = StopSignal(),
    progress: @escaping @Sendable (StudyRunner.Progress) -> Void = { _ in }
  ) throws -> Results {
    try StudyRunner(
      study: StudyFile.read(yaml: yaml, folder: folder.path),
      directory: OutputDirectory(path: folder.file(name)), threads: threads
    ).run(existing: existing, stop: stop, progress: progress)
  }

  private func code(_ body: () throws -> Void) -> StudyError.Code? {
    do {
      try body()
      return nil
    } catch let error as StudyError { return error.code } catch { return .internalError }
  }

  @Test(
    "cases, fits and warnings have the same bytes for any number of threads",
    arguments: ["outputs", "conditional", "neurons", "exact"])
  func threads(estimator: String) throws {
    let folder = TemporaryDirectory()
    let yaml = Self.yaml(orders: "[2, 4, 6]", estimator: estimator)
    let one = try run(yaml, in: folder, name: "one").reproducibleJSON()
    for threads in [2, 5] {
      let other = try run(yaml, in: folder, name: "t\(threads)", threads: threads)
      #expect(try other.reproducibleJSON() == one)
    }
  }

  @Test(
    "results.json obeys its schema, and reads back as it was written",
    arguments: ["outputs", "conditional", "neurons", "exact"])
  func schema(estimator: String) throws {
    let folder = TemporaryDirectory()
    let results = try run(
      Self.yaml(orders: "[2, 3, 4, 6]", estimator: estimator), in: folder, threads: 2)
    let data = try #require(FileManager.default.contents(atPath: folder.file("out/results.json")))
    let schema = try JSONSchema(ShippedStudies.resultsSchema)
    #expect(schema.violations(try JSONDecoder().decode(JSONValue.self, from: data)) == [])
    #expect(!schema.violations(.object(["cases": .integer(1)])).isEmpty)
    let back = try OutputDirectory(path: folder.file("out")).results()
    #expect(try back.reproducibleJSON() == results.reproducibleJSON())
    #expect(results.warnings.contains { $0.code == "odd-orders" })
    #expect(!FileManager.default.fileExists(atPath: folder.file("out/checkpoint")))
  }

  @Test(
    "stopped and resumed many times: the bytes of an uninterrupted run",
    arguments: ["outputs", "conditional"])
  func interruption(estimator: String) throws {
    let folder = TemporaryDirectory()
    let extra = estimator == "outputs" ? ", save_outputs: true" : ""
    let yaml = Self.yaml(
      width: "[400, 700]", networks: 20_011, estimator: estimator, extra: extra)
    let whole = try run(yaml, in: folder, name: "whole", threads: 2)
    var stops = 0
    while true {
      let stop = StopSignal()
      let calls = Atomic<Int>(0)
      do {
        let results = try run(
          yaml, in: folder, existing: stops == 0 ? .refuse : .resume, threads: 2, stop: stop,
          progress: { _ in
            if calls.add(1, ordering: .relaxed).newValue >= 2 { stop.stop() }
          })
        #expect(try results.reproducibleJSON() == whole.reproducibleJSON())
        break
      } catch is CancellationError {
        stops += 1
        #expect(FileManager.default.fileExists(atPath: folder.file("out/checkpoint/study.json")))
        #expect(code { try run(yaml, in: folder) } == .cannotWrite)
      }
    }
    #expect(stops >= 1)
    if estimator == "outputs" {
      let a = try HDF5File(reading: folder.file("out/data.h5")).read("cases/1/outputs")
      let b = try HDF5File(reading: folder.file("whole/data.h5")).read("cases/1/outputs")
      #expect(a == b && a.count == 4 * 20_011 * 2)
      #expect(!a.contains(0))
    }
  }

  @Test("results that exist are refused (73), replaced with overwrite")
  func existing() throws {
    let folder = TemporaryDirectory()
    try run(Self.yaml(), in: folder)
    #expect(code { try run(Self.yaml(), in: folder) } == .cannotWrite)
    let other = try run(Self.yaml(seed: 9), in: folder, existing: .overwrite)
    #expect(other.fieldwork.seed == 9)
  }

  @Test("an overwriting run that is stopped and resumed does not look at what it overwrites")
  func overwrittenResume() throws {
    let folder = TemporaryDirectory()
    // The earlier run divides its networks into other cells.
    try run(Self.yaml(width: "[700]", networks: 1000, runs: 2), in: folder)
    let yaml = Self.yaml(width: "[700]", networks: 20_000, runs: 10)
    let stop = StopSignal()
    #expect(throws: CancellationError.self) {
      try run(yaml, in: folder, existing: .overwrite, stop: stop, progress: { _ in stop.stop() })
    }
    let resumed = try run(yaml, in: folder, existing: .resume, threads: 2)
    let fresh = try run(yaml, in: folder, name: "fresh", threads: 2)
    #expect(try resumed.reproducibleJSON() == fresh.reproducibleJSON())
  }

  @Test("a second run in the same directory is refused (73) while the first one works")
  func lock() throws {
    let folder = TemporaryDirectory()
    let yaml = Self.yaml(width: "[700]", networks: 20_000)
    let codes = Mutex<[StudyError.Code?]>([])
    try run(
      yaml, in: folder,
      progress: { [path = folder.path] _ in
        guard codes.withLock({ $0.isEmpty }) else { return }
        for existing in [StudyRunner.Existing.resume, .overwrite] {
          do {
            _ = try StudyRunner(
              study: StudyFile.read(yaml: yaml), directory: OutputDirectory(path: path + "/out")
            ).run(existing: existing)
            codes.withLock { $0.append(nil) }
          } catch { codes.withLock { $0.append((error as? StudyError)?.code) } }
        }
      })
    #expect(codes.withLock { $0 } == [.cannotWrite, .cannotWrite])
  }

  @Test("a damaged checkpoint is an error (74) and leaves earlier results alone")
  func damage() throws {
    let folder = TemporaryDirectory()
    let yaml = Self.yaml(width: "900", networks: 40_000)
    let stop = StopSignal()
    #expect(throws: CancellationError.self) {
      try run(yaml, in: folder, stop: stop, progress: { _ in stop.stop() })
    }
    let cells = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder.file("out/checkpoint")).first {
        $0.hasSuffix(".cells")
      })
    let path = folder.file("out/checkpoint/\(cells)")
    var data = try #require(FileManager.default.contents(atPath: path))
    data[data.count / 2] ^= 1
    _ = FileManager.default.createFile(atPath: path, contents: data)
    #expect(code { try run(yaml, in: folder, existing: .resume) } == .inputOutput)
    _ = FileManager.default.createFile(atPath: path, contents: data.prefix(100))
    #expect(code { try run(yaml, in: folder, existing: .resume) } == .inputOutput)
    _ = folder.write("out/checkpoint/study.json", "{")
    #expect(code { try run(yaml, in: folder, existing: .resume) } == .inputOutput)
  }

  @Test("moments that do not exist are refused (65) before a file is touched")
  func exactRefused() throws {
    let folder = TemporaryDirectory()
    let yaml = """
      ensemble:
        hidden: [{activation: {formula: "exp(x^2/4)"}, width: 3}]
      points: [[0.5], [1]]
      sampling: {estimator: exact}
      """
    #expect(code { try run(yaml, in: folder) } == .badStudy)
    #expect(!FileManager.default.fileExists(atPath: folder.file("out")))
  }

  @Test("a directory that cannot be made is an error (73)")
  func unwritable() throws {
    let folder = TemporaryDirectory()
    _ = folder.write("file", "")
    #expect(code { try run(Self.yaml(), in: folder, name: "file/out") } == .cannotWrite)
  }

  @Test("estimator file: .npy and HDF5 give what outputs gave on the same networks")
  func recorded() throws {
    let folder = TemporaryDirectory()
    let drawn = try run(
      Self.yaml(width: "4", networks: 1500, estimator: "outputs", extra: ", save_outputs: true"),
      in: folder)
    let values = try HDF5File(reading: folder.file("out/data.h5")).read("cases/0/outputs")
    var npy = Data([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0])
    var header = "{'descr': '<f8', 'fortran_order': False, 'shape': (6000, 2, 1), }"
    header += String(repeating: " ", count: 117 - header.count) + "\n"
    npy.append(contentsOf: [UInt8(header.count), 0])
    npy.append(Data(header.utf8))
    values.withUnsafeBytes { npy.append(contentsOf: $0) }
    _ = FileManager.default.createFile(atPath: folder.file("nets.npy"), contents: npy)
    for file in ["nets.npy", "out/data.h5:/cases/0/outputs"] {
      let yaml = """
        ensemble: {hidden: [{activation: erf, width: 4}], biases: {sigma: 1}}
        points: [[0.3], [-0.8]]
        sampling: {estimator: file, outputs: "\(file)", runs: 4}
        """
      let recorded = try run(yaml, in: folder, name: file.hasSuffix("npy") ? "npy" : "hdf5")
      let order = try #require(recorded.cases[0].correlators?[1])
      let own = try #require(drawn.cases[0].correlators?[1])
      #expect(order.order == 4 && recorded.cases[0].networks == 1500)
      for (a, b) in zip(order.elements, own.elements) {
        // Saved outputs are float32.
        #expect(abs((a.full.value ?? 0) - (b.full.value ?? 1)) < 1e-6 * abs(b.full.value ?? 0))
      }
    }
    for (file, expected) in [
      ("nets.npy", StudyError.Code.badStudy), ("none.npy", .missingInput),
      ("out/data.h5:/none", .missingInput), ("out/results.json", .badStudy),
    ] {
      let yaml =
        "ensemble: {inputs: 1}\npoints: [1, 2, 3]\nsampling: {estimator: file, outputs: \"\(file)\"}"
      #expect(code { try run(yaml, in: folder, name: "bad") } == expected, "\(file)")
    }
  }

  @Test("networks from a file with a kernel of one's own: Wick values from it, its size checked")
  func givenKernel() throws {
    let folder = TemporaryDirectory()
    try run(
      Self.yaml(width: "4", networks: 1000, estimator: "outputs", extra: ", save_outputs: true"),
      in: folder)
    let yaml = """
      ensemble: {inputs: 1, kernel: kernel.csv}
      points: [[0.3], [-0.8]]
      sampling: {estimator: file, outputs: "out/data.h5:/cases/0/outputs", runs: 4}
      """
    _ = folder.write("kernel.csv", "# x, y\n2, 1\n1, 3\n")
    let results = try run(yaml, in: folder, name: "own")
    #expect(results.cases[0].kernel == [[2, 1], [1, 3]])
    // Orders 2 and 4 at points (0, 0, 1, 1): K00 K11 + 2 K01^2.
    #expect(results.cases[0].correlators?[1].elements[2].gaussian == 8)
    _ = folder.write("kernel.csv", "2, 1, 0\n1, 3, 0\n0, 0, 1\n")
    #expect(code { try run(yaml, in: folder, name: "bad") } == .badStudy)
  }

  @Test("data.h5 holds the tensors of results.json")
  func data() throws {
    let folder = TemporaryDirectory()
    let results = try run(Self.yaml(), in: folder)
    let file = try HDF5File(reading: folder.file("out/data.h5"))
    for (k, item) in results.cases.enumerated() {
      #expect(try file.read("cases/\(k)/kernel") == item.kernel?.flatMap { $0 })
      for order in item.correlators ?? [] {
        let group = "cases/\(k)/correlators/order_\(order.order)"
        #expect(
          try file.read("\(group)/connected") == order.elements.map { $0.connected.value ?? .nan })
        #expect(
          try file.read("\(group)/indices")
            == order.elements.flatMap { $0.indices.map { Double($0) } })
        let count = order.elements.count
        #expect(try file.shape(of: "\(group)/covariance") == [count, count])
        let covariance = try file.read("\(group)/covariance")
        // The jackknife over blocks and over runs estimate the same variance: 4 runs know it to
        // within a factor of a few.
        for i in 0..<count {
          let ratio =
            covariance[i * count + i].squareRoot() / (order.elements[i].connected.error ?? 1)
          #expect(ratio > 0.25 && ratio < 20)
        }
      }
    }
  }

  @Test("a target error ends the sampling early, and resuming changes nothing")
  func targetError() throws {
    let folder = TemporaryDirectory()
    let yaml = Self.yaml(width: "[4]", networks: 200_000, runs: 10, extra: ", target_error: 5%")
    let results = try run(yaml, in: folder, threads: 2)
    let networks = try #require(results.cases[0].networks)
    #expect(networks < 200_000)
    let deviation = try #require(results.cases[0].correlators?[1].connected_deviation)
    #expect((deviation.error ?? 1) <= 0.05 * (deviation.value ?? 0) * 1.01)
    let again = try run(yaml, in: folder, existing: .resume)
    #expect(try again.reproducibleJSON() == results.reproducibleJSON())
  }

  @Test("heavy tails of gauss are reported, with what to do; erf is quiet")
  func heavyTail() throws {
    let folder = TemporaryDirectory()
    let yaml = Self.yaml(width: "5", networks: 50_000, estimator: "neurons")
    let quiet = try run(yaml, in: folder, name: "erf", threads: 2)
    #expect(!quiet.warnings.contains { $0.code == "heavy-tail" })
    let loud = try run(
      yaml.replacing("activation: erf", with: "activation: gauss"), in: folder, name: "gauss",
      threads: 2)
    #expect(loud.warnings.contains { $0.code == "heavy-tail" && $0.message.contains("tilt") })
    let tilted = try run(
      yaml.replacing("activation: erf", with: "activation: gauss")
        .replacing("seed: 5", with: "seed: 5, tilt: true").replacing("50000", with: "200"),
      in: folder, name: "tilted")
    for order in try #require(tilted.cases[0].correlators) {
      for e in order.elements {
        let exact = try #require(e.connected.exact)
        #expect(abs((e.connected.value ?? 0) - exact) < 1e-10 * abs(exact))
      }
    }
  }

  @Test("the report is one file that needs no network")
  func report() throws {
    let folder = TemporaryDirectory()
    try run(Self.yaml(orders: "[2, 4, 6]"), in: folder)
    try Report(directory: OutputDirectory(path: folder.file("out"))).write()
    let page = String(
      decoding: try #require(FileManager.default.contents(atPath: folder.file("out/report.html"))),
      as: UTF8.self)
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
    if Gnuplot.executable != nil {
      #expect(page.components(separatedBy: "data:image/svg+xml;base64,").count >= 5)
      for name in ["deviation-order-4", "histogram", "exact-against-sampled", "kernel"] {
        for type in ["svg", "pdf", "gp", "dat"] {
          #expect(
            FileManager.default.fileExists(atPath: folder.file("out/figures/\(name).\(type)")))
        }
      }
    }
  }
}
