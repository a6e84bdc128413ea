import Correlators
import Foundation

/// Reads the `sampling` section.
struct SamplingReader {
  let folder: String

  func read(_ reader: KeyReader?, estimator: Estimator?, cases: [StudyCase])
    throws(StudyError) -> SamplingSettings
  {
    var settings = SamplingSettings()
    let conditional = cases.allSatisfy {
      $0.ensemble.map { StudyValidation.whyNotConditional($0) == nil } ?? false
    }
    settings.estimator = estimator ?? (conditional ? .conditional : .outputs)
    if settings.estimator == .file { settings.networks = SamplingSettings.allNetworks }
    guard let reader else { return settings }
    try reader.keys([
      "estimator", "networks", "runs", "seed", "form", "tilt", "blocks", "save_outputs",
      "target_error", "outputs",
    ])
    if let value = reader.child("networks") { settings.networks = try value.integer(1...(1 << 40)) }
    if let value = reader.child("runs") { settings.runs = try value.integer(1...65535) }
    if let value = reader.child("seed") {
      settings.seed = UInt64(try value.integer(0...(1 << 53)))
    }
    if let value = reader.child("form") {
      settings.form = try value.choice(CorrelatorAnalysis.Form.self)
    }
    if let value = reader.child("tilt") { settings.tilt = try value.flag() }
    if let value = reader.child("blocks") {
      settings.blocks = try value.integer(SamplingSettings.fewestBlocks...65536)
    }
    if let value = reader.child("save_outputs") { settings.saveOutputs = try value.flag() }
    if let value = reader.child("target_error") {
      let text = try value.plainText()
      let percent = text.hasSuffix("%")
      guard let number = KeyReader.number(percent ? String(text.dropLast()) : text),
        number > 0, number.isFinite
      else { throw value.refuse("expected a relative error such as 1% or 0.01, found \(text)") }
      settings.targetError = percent ? number / 100 : number
    }
    if let value = reader.child("outputs") {
      let path = try value.plainText()
      settings.outputsFile = resolve(path, folder)
    }
    return settings
  }
}
