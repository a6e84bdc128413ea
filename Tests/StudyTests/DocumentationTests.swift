import Fieldwork
import Foundation
import TestSupport
import Testing

/// The examples of the documentation, as they are printed there.
@Suite("Documentation")
struct DocumentationTests {
  @Test("a study from a file")
  func study() throws {
    let folder = TemporaryDirectory()
    let file = folder.write(
      "relu-net.yaml",
      "ensemble: {hidden: [{activation: relu, width: 3}]}\npoints: [1]\nsampling: {networks: 200}")
    let study = try StudyFile.read(path: file)
    let results = try StudyRunner(
      study: study, directory: OutputDirectory(path: folder.file("results")), threads: 4
    ).run()
    for item in results.cases {
      #expect(item.label == "width 3" && item.correlators?.last?.deviation.value != nil)
    }
  }

  @Test("stage by stage")
  func stages() throws {
    let ensemble = try Ensemble("relu", width: 20)
    let points = try Points([[0.5], [1.0]], inputs: 1)
    let kernel = try InfiniteWidthKernel(ensemble, points: points).matrix
    let transform = CumulantTransform(slots: 2, maximumOrder: 6, evenOnly: true)
    let exact = try ExactCorrelators(ensemble, points: points, transform: transform)
    #expect(abs(kernel[0, 1] - 0.25) < 1e-15)
    // (15/4) prod x / N
    #expect(abs(exact.tensors.connected[4][0] - 15.0 / 4 * 0.0625 / 20) < 1e-15)
  }

  @Test("exact theory")
  func exactTheory() throws {
    let ensemble = try Ensemble("relu", inputs: 2, width: 20, biasSigma: 0.5)
    let points = try Points([[0.5, 1], [1, -0.5], [0.2, 0.8]], inputs: 2)
    let moments = try UnitMoments.exact(ensemble, points: points, order: 4)
    #expect(moments.method.rawValue == "polar quadrature" && moments.directions == 3)
  }

  @Test("deep networks")
  func deepNetworks() throws {
    let unit = HiddenLayer(try Activation("tanh"), width: 50)
    let net = try Ensemble(
      inputs: 1, hidden: [unit, unit, unit],
      weights: [.gaussian(1.2), .gaussian(1.2), .gaussian(1.2), .gaussian(1.2)],
      biases: [.gaussian(0.3), .gaussian(0.3), .gaussian(0.3), .gaussian(0.3)])
    let theory = try WidthExpansion(
      net, points: Points([[1], [-0.5]], inputs: 1), options: .init(vertex: true, shift: true))
    #expect(theory.layers.count == 4 && theory.layers[3].kernel[0, 1] < 0.5)
    #expect(abs(theory.layers[3].shift![0, 1]) < 0.1 && theory.nextTerm! > 0)
  }

  @Test("effective actions")
  func effectiveActions() throws {
    let diagrams = try FeynmanDiagrams(.interactions([4]), legs: 4, order: 2)
      .filter { $0.isConnected && !$0.hasVacuumParts }
    let numbers = diagrams.diagrams.map { d in
      [d.pairings, d.symmetryFactor, d.labellings, d.loops]
    }
    #expect(numbers == [[1728, 2, 3, 1], [2304, 2, 4, 1]])
    let slides = DiagramGallery(diagrams).files
    #expect(slides.count == 4)
    let net = try Ensemble("erf", width: 50, biasSigma: 1)
    let points = try Points([[0.5], [1]], inputs: 1)
    let known = try ExactCumulants(net, points: points, order: 6)
    let action = try EdgeworthAction(
      connected: known.connected, transform: known.transform, order: 2)
    let exact = try ExactAction(net, points: points)
    #expect(abs(action([0.4, 0.7]) - exact([0.4, 0.7])) < 1e-3)
    #expect(action.gradient([0.4, 0.7]).count == 2)
  }

  @Test("renormalization")
  func renormalization() throws {
    let flow = try PolynomialFlow(dimension: 1, order: 6)
    let path = flow.follow([2, -1.28, 50], from: 0, through: [1, 10, 100])
    #expect(path.couplings.count == 3 && path.pole == nil)
  }

  @Test("symmetry and locality")
  func symmetry() throws {
    let prediction = SymmetryPrediction(try Ensemble("relu", outputs: 3, width: 20))
    #expect(prediction.summary.contains("O(3)"))
  }

  @Test("engineered theories")
  func engineered() throws {
    let theory = try FreeScalar(dimension: 2, cutoff: 5, width: 16)
    #expect(abs(theory.propagator([0.8, 0]) - 0.0934140) < 5e-8)
    #expect(theory.connectedFourPoint([[0, 0], [0, 0], [1, 0], [1, 0]]) != 0)
    let torus = try FreeScalar(dimension: 2, momenta: .lattice(size: 4), width: 8)
    var settings = InteractingNetworks.Settings()
    settings.sweeps = 2000
    let run = InteractingNetworks(
      torus, grid: .torus(dimension: 2, size: 4),
      interaction: LocalInteraction(quadratic: -2, quartic: 12)
    ).run(settings: settings, threads: 2) { phi in [phi.reduce(0) { $0 + $1 * $1 } / 16] }
    #expect(abs(run.mean(0).value - 0.3568) < 5 * run.mean(0).error && run.warnings.isEmpty)
  }
}
