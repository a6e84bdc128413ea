import Fieldwork
import Foundation

/// Times our side of the comparison with other frameworks: one thread, six points, d = 1.
///
/// peer ACTIVATION WIDTH outputs|moments SECONDS [THREADS] -> networks per second
@main
struct Peer {
  static func main() throws {
    let words = CommandLine.arguments
    guard words.count >= 5, let width = Int(words[2]), let seconds = Double(words[4]) else {
      print("usage: peer ACTIVATION WIDTH outputs|moments SECONDS [THREADS]")
      exit(64)
    }
    let threads = words.count > 5 ? Int(words[5]) ?? 1 : 1
    let points = try Points([0.2, 0.4, 0.6, 0.8, 1.0, 1.2].map { [$0] }, inputs: 1)
    let ensemble = try Ensemble(
      words[1], width: width, biasSigma: words[1] == "relu" ? 0 : 1)
    let sampler = ShallowNetworkSampler(ensemble, points: points, quantity: .outputs, seed: 1)
    let orders = words[3] == "moments" ? [2, 4, 6] : []
    let plan = MomentPlan(
      slots: 6, monomials: orders.flatMap { Multisets(slots: 6, order: $0).tuples })
    // Short passes until the time is up; the first one warms up.
    func pass(_ networks: Int) throws -> Double {
      let layout = CellLayout(runs: 2, samplesPerRun: networks, cellsPerRun: 16)
      let start = Date()
      _ = try SamplingPass(sampler: sampler, plan: plan, layout: layout).run(threads: threads)
      return Date().timeIntervalSince(start)
    }
    _ = try pass(64 * 64)
    var networks = 64 * 64
    while true {
      let time = try pass(networks)
      if time >= seconds {
        print(Double(2 * networks) / time)
        return
      }
      networks =
        max(networks + 64, Int(Double(networks) * min(8, 1.1 * seconds / max(time, 1e-3)))) / 64
        * 64
    }
  }
}
