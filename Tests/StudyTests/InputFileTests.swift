import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("What a study reads")
struct InputFileTests {
  private let folder = TemporaryDirectory()

  /// Writes networks [network][point][output] as NumPy does.
  private func write(_ name: String, _ values: [Double], _ shape: [Int]) throws {
    let text = "(\(shape.map(String.init).joined(separator: ", ")),)"
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': \(text)}\n"
    var data = Data([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0])
    data.append(contentsOf: [UInt8(header.utf8.count), 0])
    data.append(Data(header.utf8))
    values.withUnsafeBytes { data.append(contentsOf: $0) }
    try data.write(to: URL(fileURLWithPath: folder.file(name)))
  }

  private func networks(_ count: Int, seed: UInt64 = 1) -> [Double] {
    var random = SeededGenerator(seed: seed)
    return (0..<2 * count).map { _ in random.normal() }
  }

  private let study = """
    ensemble: {inputs: 1}
    points: [[0.1], [0.2]]
    sampling: {estimator: file, outputs: nets.npy, runs: 4}
    """

  private func run(_ yaml: String? = nil, _ existing: StudyRunner.Existing = .overwrite) throws
    -> Results
  {
    try runStudy(yaml ?? study, in: folder, existing: existing)
  }

  private func refusal(_ body: () throws -> Void) -> StudyError? {
    do {
      try body()
      return nil
    } catch { return error as? StudyError }
  }

  @Test("numbers that are not finite are refused with the first and their number")
  func notFinite() throws {
    var values = networks(2000)
    for (k, bad) in [(35, Double.nan), (2001, .infinity), (2000, -.infinity)] { values[k] = bad }
    try write("nets.npy", values, [2000, 2, 1])
    let error = try #require(refusal { _ = try run() })
    #expect(error.code == .badStudy)
    #expect(
      error.message.contains(
        "3 of 4000 numbers, in 2 of 2000 networks, are not finite; the first is nan, network 17, point 1, output 0"
      ))
    #expect(!FileManager.default.fileExists(atPath: folder.file("out")))
    // Networks that are not used do not matter.
    values = networks(2003)
    values[4001] = .nan
    try write("nets.npy", values, [2003, 2])
    let results = try run()
    #expect(
      results.warnings.contains {
        $0.code == "networks-left-over" && $0.message.contains("the last 3")
      })
  }

  @Test("finite numbers whose products are not are refused")
  func overflow() throws {
    var values = networks(2000)
    values[777] = 1e200
    try write("nets.npy", values, [2000, 2])
    let error = try #require(refusal { _ = try run() })
    #expect(error.code == .badStudy && error.message.contains("beyond the range of float64"))
  }

  @Test(
    "weights too large for float32 are refused, whatever the estimator",
    arguments: ["outputs", "conditional", "neurons"])
  func sampledOverflow(estimator: String) throws {
    let error = refusal {
      _ = try run(
        """
        ensemble: {hidden: [{activation: {formula: "x*x*x"}, width: 3}]}
        points: [[0.5], [1.0e+15]]
        sampling: {estimator: \(estimator), networks: 500, runs: 4}
        measure: [correlators: {orders: [2]}]
        """)
    }
    #expect(
      error?.code == .badStudy && error?.message.contains("take smaller weights") == true,
      "\(error.map { "\($0)" } ?? "accepted")")
  }

  @Test("errors that are beyond the range of float64 are said to be")
  func errorOverflow() throws {
    try write("nets.npy", networks(2000).map { $0 * 1e40 }, [2000, 2])
    let results = try run()
    #expect(results.cases[0].correlators?[1].elements[0].full.error == nil)
    #expect(results.warnings.contains { $0.code == "overflow" && $0.message.hasPrefix("order 4") })
  }

  @Test("results name every file with its hash; a run goes on with the same content only")
  func resume() throws {
    try write("nets.npy", networks(2000), [2000, 2])
    let results = try run()
    let files = results.fieldwork.files
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.file("nets.npy")))
    #expect(files.map(\.key) == ["sampling.outputs"] && files[0].bytes == data.count)
    #expect(files[0].sha256 == SHA256.hash(of: data))
    // More orders of the same networks equal a fresh run.
    let more = study + "\nmeasure: [correlators: {orders: [2, 4, 6]}]"
    let extended = try run(more, .resume)
    #expect(try extended.reproducibleJSON() == run(more).reproducibleJSON())
    // So do more networks and more runs of them, though runs then hold others.
    for (few, many) in [
      ("runs: 4, networks: 300", "runs: 4, networks: 450"), ("runs: 4", "runs: 8"),
    ] {
      _ = try run(study.replacing("runs: 4", with: few))
      let second = study.replacing("runs: 4", with: many)
      #expect(try run(second, .resume).reproducibleJSON() == run(second).reproducibleJSON())
    }
    // Elsewhere, with the same content.
    _ = try run()
    try FileManager.default.moveItem(
      atPath: folder.file("nets.npy"), toPath: folder.file("moved.npy"))
    _ = try run(more.replacing("nets.npy", with: "moved.npy"), .resume)
    // Grown, and changed in one number.
    for values in [networks(4000), [0.25] + networks(2000).dropFirst()] {
      try write("nets.npy", values, [values.count / 2, 2])
      let error = try #require(refusal { _ = try run(more, .resume) })
      #expect(error.code == .badStudy && error.message.contains("nets.npy"))
    }
  }

  @Test(
    "a file that is written to, or cut, while the study runs ends the run with a sentence",
    arguments: [false, true])
  func changing(cut: Bool) throws {
    try write("nets.npy", networks(20_000), [20_000, 2])
    let path = folder.file("nets.npy")
    let study = try StudyFile.read(yaml: study, folder: folder.path)
    let runner = StudyRunner(study: study, directory: OutputDirectory(path: folder.file("run")))
    var failure: (any Error)?
    do {
      _ = try runner.run(progress: { _ in
        if cut {
          truncate(path, 1000)
        } else if let handle = FileHandle(forWritingAtPath: path) {
          handle.seekToEndOfFile()
          handle.write(Data([1]))
        }
      })
    } catch { failure = error }
    let text = failure.map { "\($0)" } ?? ""
    #expect(text.contains("nets.npy: the file changed while it was read"), "\(text)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("run/results.json")))
  }

  @Test("kernels and points are known by their content, too")
  func tables() throws {
    try write("nets.npy", networks(2000), [2000, 2])
    _ = folder.write("kernel.csv", "a,b\n1,0\n0,1\n")
    _ = folder.write("points.csv", "0.1\n0.2\n")
    let yaml = """
      ensemble: {inputs: 1, kernel: kernel.csv}
      points: {file: points.csv}
      sampling: {estimator: file, outputs: nets.npy, runs: 4}
      """
    let results = try run(yaml)
    #expect(
      results.fieldwork.files.map(\.key) == ["ensemble.kernel", "points.file", "sampling.outputs"])
    #expect(
      results.warnings.contains {
        $0.code == "heading" && $0.message.contains("line 1") && $0.message.contains("a,b")
      })
    _ = folder.write("kernel.csv", "a,b\n1,0\n0,2\n")
    let error = try #require(refusal { _ = try run(yaml, .resume) })
    #expect(error.message.contains("kernel.csv"))
    // A matrix of NumPy does as well, but for what is not finite.
    try write("kernel.npy", [1, 0, 0, 1], [2, 2])
    _ = try run(yaml.replacing("kernel.csv", with: "kernel.npy"))
    try write("kernel.npy", [1, 0, .nan, 1], [2, 2])
    let broken = try #require(
      refusal { _ = try run(yaml.replacing("kernel.csv", with: "kernel.npy")) })
    #expect(broken.code == .badStudy && broken.message.contains("row 1, column 0"))
  }

  @Test("kernels that are no covariances are refused")
  func noCovariance() throws {
    try write("nets.npy", networks(2000), [2000, 2])
    let yaml = study.replacing("{inputs: 1}", with: "{inputs: 1, kernel: kernel.csv}")
    for (kernel, reason) in [("1 0\n0.1 1", "symmetric"), ("1 0\n0 -1", "below 0")] {
      _ = folder.write("kernel.csv", kernel)
      #expect(refusal { _ = try run(yaml) }?.message.contains(reason) == true)
    }
  }

  @Test("asking for more networks than there are is said")
  func fewer() throws {
    try write("nets.npy", networks(2000), [2000, 2])
    let results = try run(study.replacing("runs: 4", with: "runs: 4, networks: 900"))
    #expect(
      results.warnings.contains {
        $0.code == "fewer-networks" && $0.message.contains("the file has 500")
      })
    try write("nets.npy", networks(200), [200, 2])
    #expect(
      try run().warnings.contains { $0.code == "few-blocks" })
  }

  @Test("a file of outputs without the estimator that reads it is named as such")
  func missingEstimator() {
    let error = refusal {
      _ = try StudyFile.read(
        yaml: "ensemble: {inputs: 1}\npoints: [0.1]\nsampling: {outputs: nets.npy}")
    }
    #expect(error?.message.contains("estimator: file") == true)
  }

  @Test(
    "truth values as Python writes them", arguments: ["True", "TRUE", "true", "Yes", "on", "Y"])
  func truth(word: String) throws {
    let yaml =
      "ensemble: {hidden: [{activation: erf, width: 5}]}\npoints: [0.1]\nsampling: {estimator: outputs"
    #expect(try StudyFile.read(yaml: "\(yaml), save_outputs: \(word)}").sampling.saveOutputs)
    #expect(
      try StudyFile.read(yaml: "\(yaml)}", settings: ["sampling.save_outputs=\(word)"]).sampling
        .saveOutputs)
  }

  @Test("numbers that are not finite are refused wherever a study has numbers")
  func infinities() {
    for bad in [".nan", ".inf", "-.Inf", "nan", "inf", "1e999", ".NaN", "Infinity"] {
      for yaml in [
        "ensemble: {hidden: [{activation: erf, width: 5}], weights: {sigma: \(bad)}}\npoints: [0.1]",
        "ensemble: {hidden: [{activation: erf, width: 5}]}\npoints: [\(bad)]",
        "ensemble: {hidden: [{activation: erf, width: 5}]}\npoints: [0.1]\nmeasure: [generating-functional: {sources: [[\(bad)]]}]",
        "ensemble: {hidden: [{activation: erf, width: 5}]}\npoints: [0.1]\nsampling: {target_error: \(bad)}",
      ] {
        #expect(refusal { _ = try StudyFile.read(yaml: yaml) } != nil, "\(yaml)")
      }
    }
  }
}
