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
}
