import Foundation
import Kernels

/// The phase diagram of an activation: susceptibilities and the fixed-point kernel over the plane
/// of standard deviations, with the critical line.
public enum PhaseFigure {
  public static func figures(
    _ criticality: Criticality, label: String, sigmaW: ClosedRange<Double>,
    sigmaB: ClosedRange<Double>, count: Int = 48
  ) -> [Figure] {
    func node(_ range: ClosedRange<Double>, _ i: Int) -> Double {
      range.lowerBound + (range.upperBound - range.lowerBound) * Double(i) / Double(count - 1)
    }
    let phases = (0..<count).map { j in
      (0..<count).map { i in
        (
          node(sigmaW, i), node(sigmaB, j),
          criticality.phase(sigmaW: node(sigmaW, i), sigmaB: node(sigmaB, j))
        )
      }
    }
    let line = criticality.line(upTo: sigmaB.upperBound).filter { sigmaW.contains($0.sigma_w) }
    func figure(
      _ name: String, _ title: String, _ caption: String, _ range: String,
      _ value: (Criticality.Phase) -> Double?
    ) -> Figure {
      let rows = phases.map { row in
        row.map { w, b, phase in "\(w) \(b) \(value(phase).map { "\($0)" } ?? "NaN")" }
          .joined(separator: "\n")
      }
      return Figure(
        name: name, caption: caption,
        data: "# sigma_w sigma_b value\n" + rows.joined(separator: "\n\n") + "\n\n\n"
          + Figure.block("critical line", line.map { [$0.sigma_w, $0.sigma_b] }),
        commands: """
          set xrange [\(sigmaW.lowerBound):\(sigmaW.upperBound)]
          set yrange [\(sigmaB.lowerBound):\(sigmaB.upperBound)]
          set xlabel 'σ_w'
          set ylabel 'σ_b'
          set cblabel '\(title)'
          set cbrange \(range)
          unset grid
          set title '\(label)' noenhanced
          set key outside top right
          set palette defined (0 '#2166ac', 0.5 '#f7f7f7', 1 '#b2182b')
          set object 1 rectangle from graph 0,0 to graph 1,1 behind fc rgb '#dddddd' fs solid noborder
          plot DATA index 0 using 1:2:3 with image pixels notitle, \\
            DATA index 1 using 1:2 with \(line.count > 1 ? "lines lw 2.5" : "points pt 7 ps 1.2") lc rgb '#000000' title 'χ_⊥ = 1'
          """)
    }
    return [
      figure(
        "phase-chi-perpendicular", "χ_⊥",
        "χ_⊥ at the fixed point: below one the angle between two inputs closes with depth, above one it opens. Black: the critical line. Grey: K grows without bound.",
        "[0:2]"
      ) { $0.chi_perpendicular },
      figure(
        "phase-chi-parallel", "χ_∥",
        "χ_∥ at the fixed point: how a perturbation of the magnitude of an input goes on. Grey: K grows without bound.",
        "[0:2]"
      ) { $0.chi_parallel },
      figure(
        "phase-kernel", "K*",
        "The fixed point K* that K = 1 flows to. Grey: K grows without bound.", "[0:*]"
      ) { $0.kernel },
    ]
  }
}
