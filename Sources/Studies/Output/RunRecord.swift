import DataFiles
import Sampling

/// How and when the results came about: the only part that differs between two runs of one study. The header
/// stands among its keys.
public struct RunRecord: Sendable, Codable {
  public var header = StorageHeader()
  public var study = JSONValue.null
  public var seed: UInt64 = 0
  public var started = ""
  public var seconds = 0.0
  public var networks_per_second: Double?
  /// What the processor ran; bits follow from its class alone, which stands in the header.
  public var instruction_set = ""
  public var threads = 0
  /// Checksum of `data.h5`.
  public var data: String?
  /// Of observables, where these were drawn in this session.
  public var costs: [CostRecord]?

  public var version: String { header.version }
  /// The files that the study read.
  public var files: [InputFile] { header.files }

  public init() {}

  private enum CodingKeys: String, CodingKey {
    case study, seed, started, seconds, networks_per_second, instruction_set, threads, data, costs
  }

  public init(from decoder: any Decoder) throws {
    header = try StorageHeader(from: decoder)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    study = try container.decode(JSONValue.self, forKey: .study)
    seed = try container.decode(UInt64.self, forKey: .seed)
    started = try container.decode(String.self, forKey: .started)
    seconds = try container.decode(Double.self, forKey: .seconds)
    networks_per_second = try container.decodeIfPresent(Double.self, forKey: .networks_per_second)
    instruction_set = try container.decode(String.self, forKey: .instruction_set)
    threads = try container.decode(Int.self, forKey: .threads)
    data = try container.decodeIfPresent(String.self, forKey: .data)
    costs = try container.decodeIfPresent([CostRecord].self, forKey: .costs)
  }

  public func encode(to encoder: any Encoder) throws {
    try header.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(study, forKey: .study)
    try container.encode(seed, forKey: .seed)
    try container.encode(started, forKey: .started)
    try container.encode(seconds, forKey: .seconds)
    try container.encodeIfPresent(networks_per_second, forKey: .networks_per_second)
    try container.encode(instruction_set, forKey: .instruction_set)
    try container.encode(threads, forKey: .threads)
    try container.encodeIfPresent(data, forKey: .data)
    try container.encodeIfPresent(costs, forKey: .costs)
  }
}
