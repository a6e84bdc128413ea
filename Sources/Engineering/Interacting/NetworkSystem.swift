import Foundation
import NumericalMethods

/// A scalar theory, what its networks are drawn from, and where they interact: shared by all chains.
public struct NetworkSystem: Sendable {
  public let theory: FreeScalar
  public let grid: FieldGrid
  public let interaction: LocalInteraction
  public let nonlocal: NonlocalQuartic?
  public let prior: NeuronPrior
  /// cos and sin of the columns of all waves of a torus, [mode][column]; empty elsewhere.
  let table: (cosines: [Double], sines: [Double])
  /// exp(2 pi i j / L).
  let roots: [(real: Double, imaginary: Double)]
  let layout: Layout
  let rows: Int
  /// Of the grid, without padding.
  let columns: Int

  /// How the waves are laid out over rows and columns of the grid.
  enum Layout: Sendable {
    /// All sites of a small torus are one row; a table of whole waves.
    case table
    /// Rows along the first axis of a torus of this size, a table of waves along it.
    case torus(Int)
    /// Rows along the first axis of a box; waves by rotation.
    case ramp(count: Int, spacing: Double)
    /// Any points, one row.
    case points
  }

  /// Sites up to which whole waves of a torus are tabulated.
  static let tableLimit = 100

  /// Names the law in the names of random streams.
  var streamText: String {
    "\(theory.name) \(interaction.name) \(nonlocal?.name ?? "") \(grid.streamText)"
  }

  public init(
    _ theory: FreeScalar, grid: FieldGrid = .none,
    interaction: LocalInteraction = LocalInteraction(), nonlocal: NonlocalQuartic? = nil
  ) {
    self.theory = theory
    self.grid = grid
    self.interaction = interaction
    self.nonlocal = nonlocal
    prior = NeuronPrior(theory)
    let count = grid.points.count
    var roots: [(real: Double, imaginary: Double)] = []
    if let size = grid.torus, case .lattice(let own) = theory.momenta, own == size {
      roots = (0..<size).map {
        let angle = 2 * Double.pi * Double($0) / Double(size)
        return (cos(angle), sin(angle))
      }
      if count <= Self.tableLimit {
        (layout, rows, columns) = (.table, 1, count)
      } else {
        (layout, rows, columns) = (.torus(size), count / size, size)
      }
    } else if let ramp = grid.ramp {
      (layout, rows, columns) = (
        .ramp(count: ramp.count, spacing: ramp.spacing), count / ramp.count, ramp.count
      )
    } else {
      (layout, rows, columns) = (.points, count > 0 ? 1 : 0, count)
    }
    self.roots = roots
    let (columns, padded) = (columns, (columns + 7) & ~7)
    func tabulate(_ modes: Int, _ phase: (Int, Int) -> Int) -> ([Double], [Double]) {
      var cosines = [Double](repeating: 0, count: modes * padded)
      var sines = cosines
      for mode in 0..<modes {
        for x in 0..<columns {
          let root = roots[phase(mode, x)]
          cosines[mode * padded + x] = root.real
          sines[mode * padded + x] = root.imaginary
        }
      }
      return (cosines, sines)
    }
    switch layout {
    case .table:
      let (size, d) = (roots.count, theory.dimension)
      // Momenta are numbered like sites.
      let (cosines, sines) = tabulate(count) { mode, site in
        var (a, b, sum) = (mode, site, 0)
        for _ in 0..<d {
          sum += (a % size) * (b % size)
          a /= size
          b /= size
        }
        return sum % size
      }
      table = (cosines, sines)
    case .torus(let size):
      let (cosines, sines) = tabulate(size) { $0 * $1 % size }
      table = (cosines, sines)
    default: table = ([], [])
    }
  }

  /// Columns with padding.
  var paddedColumns: Int { (columns + 7) & ~7 }

  /// Where a point of the grid stands in a padded field.
  func place(_ point: Int) -> Int {
    point / max(1, columns) * paddedColumns + point % max(1, columns)
  }

  /// Axes whose coordinates vary along the columns, where momenta have derivatives.
  var columnAxes: Int {
    switch layout {
    case .table, .torus: 0
    case .ramp: 1
    case .points: theory.dimension
    }
  }

  /// Whether anything interacts.
  public var isFree: Bool {
    interaction.couplings.isEmpty && interaction.formula == nil && nonlocal == nil
  }
}

extension NetworkSystem {
  public init(_ theory: FreeScalar, _ interaction: ScalarInteraction) {
    self.init(
      theory, grid: interaction.grid(dimension: theory.dimension),
      interaction: interaction.potential, nonlocal: interaction.nonlocal)
  }
}
