import Ensembles
import Foundation
import NumericalMethods
import Sampling

/// Networks of a scalar theory, free or interacting, and what is read off them.
///
/// In an interacting theory every batch of 64 is a chain of its own, started from the free theory and
/// thermalised, so that batches are independent however long the autocorrelation, errors from runs and blocks
/// are honest, and any batch can be drawn alone. With reweighting, and in a free theory, all networks are
/// independent; weights stand in a slot of their own behind the others.
///
/// Cost per network: O(stride x width x grid) and the readout, and the thermalisation once in 64.
public struct ScalarNetworkSampler: BatchSampler {
  public let slots: Int
  public let tailSlots: [Int]
  public let weightSlot: Int?
  public let rule: String
  private let system: NetworkSystem
  private let interaction: ScalarInteraction?
  private let readout: any NetworkReadout
  private let stream: UInt64
  /// Taken off log weights, so that they stay within range.
  private let reference: Double

  public init(
    _ theory: FreeScalar, interaction: ScalarInteraction? = nil, grid: FieldGrid? = nil,
    readout: any NetworkReadout, seed: UInt64
  ) {
    system =
      interaction.map { NetworkSystem(theory, $0) } ?? NetworkSystem(theory, grid: grid ?? .none)
    self.interaction = interaction
    self.readout = readout
    rule = interaction.map { "networks by \($0.sampling.streamText)" } ?? "independent networks"
    let isWeighted = interaction?.sampling.isWeighted ?? false
    slots = readout.slots + (isWeighted ? 1 : 0)
    weightSlot = isWeighted ? readout.slots : nil
    tailSlots = isWeighted ? [readout.slots] : Array(0..<min(16, readout.slots))
    stream = Self.stream(theory, interaction, seed: seed)
    reference =
      isWeighted ? EffectiveSamples(system, seed: stream, networks: 256).largestLogWeight : 0
  }

  static func stream(_ theory: FreeScalar, _ interaction: ScalarInteraction?, seed: UInt64)
    -> UInt64
  { streamHash("\(theory.name) \(interaction?.name ?? "free") seed=\(seed)") }

  /// The generator of the chain or network that starts with this number.
  static func generator(_ stream: UInt64, run: Int, number: Int) -> SeededGenerator {
    // Far apart for neighbouring runs and numbers.
    var first = SeededGenerator(state: stream)
    var second = SeededGenerator(state: first.next() ^ UInt64(run))
    var third = SeededGenerator(state: second.next() ^ UInt64(number))
    return SeededGenerator(state: third.next())
  }

  public func sample(
    run: Int, first: Int, count: Int, into out: UnsafeMutablePointer<Double>,
    workspace: AnyObject
  ) {
    for s in 0..<slots * batchSize { out[s] = 0 }
    // Independent networks, free or weighted, are a chain without memory.
    let sampling = interaction?.sampling ?? .reweighting
    let (thermalisation, stride) =
      sampling.isWeighted ? (0, 1) : (interaction?.thermalisation ?? 0, interaction?.stride ?? 1)
    var chain = NetworkChain(
      system, sampling, thermalisation: thermalisation,
      random: Self.generator(stream, run: run, number: first))
    for i in 0..<count {
      for _ in 0..<stride { chain.sweep() }
      readout.read(chain.network) { slot, value in out[slot * batchSize + i] = value }
      if let weightSlot {
        out[weightSlot * batchSize + i] = exp(min(700, chain.network.logWeight - reference))
      }
    }
  }
}

/// How many independent networks reweighting is worth: from a first look at weights w = exp(-S_int) of free
/// networks, (sum w)^2 / sum w^2 over their number.
public struct EffectiveSamples: Sendable {
  public let networks: Int
  /// Between 1/networks and 1.
  public let fraction: Double
  public let largestLogWeight: Double

  public init(_ system: NetworkSystem, seed: UInt64, networks: Int = 4096) {
    let network = NetworkState(system, random: SeededGenerator(seed: seed, stream: "weights"))
    var update = FreeDraws()
    let logs = (0..<networks).map { _ -> Double in
      update.sweep(network)
      return network.logWeight
    }
    let top = logs.max() ?? 0
    let w = logs.map { exp($0 - top) }
    let (sum, squares) = (w.reduce(0, +), w.reduce(0) { $0 + $1 * $1 })
    self.networks = networks
    fraction = sum * sum / squares / Double(networks)
    largestLogWeight = top
  }
}
