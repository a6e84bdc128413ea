import DataFiles
import Foundation
import Sampling

/// The user's file of outputs: `nets.npy`, or `nets.h5:/dataset`.
struct RecordedFile {
  private let path: String
  private let settings: SamplingSettings

  init(_ settings: SamplingSettings) {
    path = settings.outputsFile ?? ""
    self.settings = settings
  }

  /// The array, its shape unchecked.
  /// - Throws: `StudyError` 66 where it cannot be read, 65 for an unknown kind of file.
  func open() throws -> any NumericArray {
    do {
      if path.hasSuffix(".npy") { return try NumPyFile(path: path) }
      guard let colon = path.lastIndex(of: ":") else {
        throw StudyError(
          .badStudy,
          "\(path): sampling.outputs: expected a .npy file, or file.h5:/dataset for HDF5")
      }
      return try HDF5Dataset(
        path: String(path[..<colon]), name: String(path[path.index(after: colon)...]))
    } catch let error as DataFileError {
      throw StudyError(.missingInput, error.description)
    }
  }

  /// The networks as a sampler, divided into runs of equal length.
  /// - Throws: `StudyError` 65 where the shape is not [network][point][output], or there are fewer
  ///   networks than runs.
  func networks(_ study: Study) throws -> (sampler: RecordedNetworks, networksPerRun: Int) {
    let source = try open()
    let points = study.points.count
    let outputs = study.cases[0].outputs
    let shape = source.shape
    let expected = [[points, outputs]] + (outputs == 1 ? [[points]] : [])
    guard expected.contains(Array(shape.dropFirst())) else {
      throw StudyError(
        .badStudy,
        "\(path): sampling.outputs: expected an array [network][\(points) points][\(outputs) outputs], found the shape \(shape)"
      )
    }
    let perRun = min(settings.networks, shape[0] / settings.runs)
    guard perRun >= 1 else {
      throw StudyError(
        .badStudy,
        "\(path): sampling.runs: \(shape[0]) networks are fewer than \(settings.runs) runs")
    }
    return (
      RecordedNetworks(source, points: points, outputs: outputs, networksPerRun: perRun), perRun
    )
  }
}
