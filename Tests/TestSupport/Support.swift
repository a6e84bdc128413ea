import Fieldwork
import Foundation
import Testing

/// |a - b| relative to the larger, or absolute where both are small.
public func relativeDifference(_ a: Double, _ b: Double) -> Double {
  let size = max(abs(a), abs(b))
  return size == 0 ? 0 : abs(a - b) / size
}

/// A directory that is removed when the value goes away.
public final class TemporaryDirectory {
  public let path: String

  public init() {
    path = NSTemporaryDirectory() + "fieldwork-test-" + UUID().uuidString
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  public func file(_ name: String) -> String { "\(path)/\(name)" }

  public func write(_ name: String, _ text: String) -> String {
    let file = file(name)
    _ = FileManager.default.createFile(atPath: file, contents: Data(text.utf8))
    return file
  }
}

/// Samples the correlators of one ensemble without a study.
public func sampledCorrelators(
  _ ensemble: Ensemble, points: Points, estimator: Estimator, orders: [Int], networks: Int,
  runs: Int = 10, seed: UInt64, threads: Int = 1, form: CorrelatorAnalysis.Form = .unbiased,
  blocks: Int = 16
) throws -> [Correlator] {
  let top = max(2, orders.max() ?? 2)
  let formula: CorrelatorFormula
  let quantity: SampledQuantity
  switch estimator {
  case .conditional:
    formula = .kernel(
      points: points.count, outputs: ensemble.outputs, order: top, ensemble: ensemble)
    quantity = .kernel
  case .neurons:
    formula = .units(ensemble, points: points.count, order: top)
    quantity = .units
  default:
    formula = .outputs(
      points: points.count, outputs: ensemble.outputs, order: top,
      evenOnly: ensemble.oddCorrelatorsVanish)
    quantity = .outputs
  }
  let sampler = NetworkSampler.make(ensemble, points: points, quantity: quantity, seed: seed)
  let plan = MomentPlan(slots: sampler.slots, monomials: formula.monomials)
  let layout = CellLayout(
    runs: runs, samplesPerRun: networks,
    cellsPerRun: CellLayout.cellsPerRun(blocks: blocks, runs: runs))
  let cells = try SamplingPass(sampler: sampler, plan: plan, layout: layout).run(threads: threads)
  let sums = layout.replicatedSums(cells, position: plan.position)
  let exact = try? ExactCorrelators(ensemble, points: points, transform: formula.transform)
  let kernel = try? InfiniteWidthKernel(ensemble, points: points)
  let second =
    exact?.tensors.connected[2]
    ?? (ensemble.isShallow && ensemble.outputs == 1
      ? kernel.map { k in
        formula.transform.multisets[2].tuples.map { k.matrix[$0[0], $0[1]] }
      } : nil)
  return CorrelatorAnalysis(
    formula: formula, outputs: ensemble.outputs, form: form,
    exactFirst: exact?.tensors.connected[1]
      ?? (ensemble.oddCorrelatorsVanish
        ? [Double](repeating: 0, count: formula.transform.slots) : nil),
    exactSecond: second,
    exact: exact
  ).measure(sums, orders: orders)
}

/// Runs a study in a folder of its own; its results must obey the schema that comes with the package.
public func runStudy(
  _ yaml: String, in folder: TemporaryDirectory = TemporaryDirectory(), threads: Int = 2,
  existing: StudyRunner.Existing = .overwrite
) throws -> Results {
  let file = folder.write("study.yaml", yaml)
  let results = try StudyRunner(
    study: StudyFile.read(path: file), directory: OutputDirectory(path: folder.file("out")),
    threads: threads
  ).run(existing: existing)
  let schema = try JSONSchema(ShippedStudies.resultsSchema)
  let json = try JSONDecoder().decode(JSONValue.self, from: results.json())
  #expect(schema.violations(json).isEmpty)
  return results
}

/// Why a study file is refused; nil where it is not.
public func refusal(_ yaml: String) -> String? {
  do {
    _ = try StudyFile.read(yaml: yaml)
    return nil
  } catch {
    return "\(error)"
  }
}

/// Why a measurement of a small ensemble at two points is refused; nil where it is not.
public func refusal(
  ofMeasuring measure: String, ensemble: String = "{activation: erf, width: 5}"
) -> String? {
  refusal(
    """
    ensemble: {hidden: [\(ensemble)], biases: {sigma: 1}}
    points: [[0.3], [0.9]]
    measure: [\(measure)]
    """)
}

extension Points {
  /// Points on a line.
  public static func line(_ x: Double...) throws -> Points { try Points(x.map { [$0] }, inputs: 1) }
}

/// Distance of two floats in units in the last place of the reference.
public func ulps(_ value: Float, _ reference: Double) -> Double {
  let rounded = Float(reference)
  if value == rounded { return 0 }
  return abs(Double(value) - reference) / Double(max(rounded.ulp, Float.leastNonzeroMagnitude))
}

/// A repeatable source of numbers for test data.
public func testGenerator(seed: UInt64) -> SeededGenerator {
  SeededGenerator(state: seed &+ 0x9e37_79b9_7f4a_7c15)
}
