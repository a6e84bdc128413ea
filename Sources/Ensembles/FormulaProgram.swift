import CSampling
import Foundation
import NumericalMethods

/// One operation of the stack machine that evaluates formulas; the codes are those of the
/// vectorised loop.
enum FormulaOperation: Int32, Sendable, Hashable {
  case constant, variable, add, subtract, multiply, divide, negate, power
  case exp, log, sqrt, abs, sin, cos, tanh, erf, softplus, sigmoid, relu, gelu
  case maximum, minimum, sign, step
  case tan, sinh, cosh, atan
  case fraction

  /// Functions by the names they have in formulas.
  static let functions: [String: FormulaOperation] = [
    "exp": .exp, "log": .log, "sqrt": .sqrt, "abs": .abs, "sin": .sin, "cos": .cos, "tan": .tan,
    "sinh": .sinh, "cosh": .cosh, "tanh": .tanh, "atan": .atan, "erf": .erf,
    "softplus": .softplus, "sigmoid": .sigmoid, "relu": .relu, "gelu": .gelu, "max": .maximum,
    "min": .minimum, "sign": .sign, "step": .step, "frac": .fraction,
  ]

  /// Values taken from the stack; one is always put back.
  var arguments: Int {
    switch self {
    case .constant, .variable: 0
    case .add, .subtract, .multiply, .divide, .maximum, .minimum: 2
    default: 1
    }
  }
}

/// An operation with its constant or exponent.
struct FormulaStep: Sendable, Hashable {
  let operation: FormulaOperation
  let number: Double

  init(_ operation: FormulaOperation, _ number: Double = 0) {
    self.operation = operation
    self.number = number
  }
}

/// A formula in one variable as the steps of a stack machine.
struct FormulaProgram: Sendable, Hashable {
  let steps: [FormulaStep]

  /// The formula at x. Cost: a few nanoseconds a step.
  func value(_ x: Double) -> Double {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: steps.count + 1) { stack in
      var top = -1
      for step in steps {
        switch step.operation {
        case .constant, .variable:
          top += 1
          stack[top] = step.operation == .variable ? x : step.number
        case .add, .subtract, .multiply, .divide, .maximum, .minimum:
          top -= 1
          stack[top] = Self.binary(step.operation, stack[top], stack[top + 1])
        default:
          stack[top] = Self.unary(step, stack[top])
        }
      }
      return stack[0]
    }
  }

  private static func binary(_ operation: FormulaOperation, _ a: Double, _ b: Double) -> Double {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: max(a, b)
    default: min(a, b)
    }
  }

  private static func unary(_ step: FormulaStep, _ u: Double) -> Double {
    switch step.operation {
    case .negate: return -u
    case .power:
      guard step.number == step.number.rounded() else { return pow(u, step.number) }
      var product = 1.0
      for _ in 0..<Int(abs(step.number)) { product *= u }
      return step.number < 0 ? 1 / product : product
    case .exp: return Foundation.exp(u)
    case .log: return Foundation.log(u)
    case .sqrt: return u.squareRoot()
    case .abs: return Swift.abs(u)
    case .sin: return Foundation.sin(u)
    case .cos: return Foundation.cos(u)
    case .tan: return Foundation.tan(u)
    case .sinh: return Foundation.sinh(u)
    case .cosh: return Foundation.cosh(u)
    case .tanh: return Foundation.tanh(u)
    case .atan: return Foundation.atan(u)
    case .erf: return Foundation.erf(u)
    case .softplus: return Softplus().value(u, variance: 0)
    case .sigmoid: return 0.5 * (1 + Foundation.tanh(0.5 * u))
    case .relu: return max(0, u)
    case .gelu: return GaussianErrorLinear().value(u, variance: 0)
    case .sign: return u > 0 ? 1 : u < 0 ? -1 : 0
    case .step: return u > 0 ? 1 : u < 0 ? 0 : 0.5
    case .fraction: return u - u.rounded(.down)
    default: preconditionFailure("not a function of one argument")
    }
  }

  /// The formula of a power series, branch by branch where it has kinks.
  func series(_ x: TaylorSeries) -> TaylorSeries {
    var stack: [TaylorSeries] = []
    for step in steps {
      switch step.operation {
      case .constant: stack.append(TaylorSeries(constant: step.number))
      case .variable: stack.append(x)
      default:
        let b = stack.removeLast()
        if step.operation.arguments == 1 {
          stack.append(Self.unary(step, b))
          continue
        }
        let a = stack.removeLast()
        switch step.operation {
        case .add: stack.append(a + b)
        case .subtract: stack.append(a - b)
        case .multiply: stack.append(a * b)
        case .divide: stack.append(a / b)
        case .maximum: stack.append(a.value > b.value ? a : b)
        default: stack.append(a.value < b.value ? a : b)
        }
      }
    }
    return stack[0]
  }

  private static func unary(_ step: FormulaStep, _ u: TaylorSeries) -> TaylorSeries {
    switch step.operation {
    case .negate: return -u
    case .power: return u.power(step.number)
    case .exp: return u.exponential
    case .log: return u.logarithm
    case .sqrt: return u.squareRoot
    case .abs: return u.value < 0 ? -u : u
    case .sin: return u.sineAndCosine.sine
    case .cos: return u.sineAndCosine.cosine
    case .tan:
      let both = u.sineAndCosine
      return both.sine / both.cosine
    case .sinh: return 0.5 * (u.exponential - (-u).exponential)
    case .cosh: return 0.5 * (u.exponential + (-u).exponential)
    case .tanh: return u.hyperbolicTangent
    case .atan: return u.arctangent
    case .erf: return u.errorFunction
    case .softplus: return u.softplus
    case .sigmoid: return u.logistic
    case .relu: return u.value > 0 ? u : TaylorSeries(constant: 0)
    case .gelu: return u.gelu
    case .sign, .step: return TaylorSeries(constant: unary(step, u.value))
    case .fraction: return u - TaylorSeries(constant: u.value.rounded(.down))
    default: preconditionFailure("not a function of one argument")
    }
  }

  /// Where an argument of abs, relu, max, min, sign or step changes its sign on [-reach, reach], or that of
  /// frac passes a whole number within three quarters of it: bisection between `samples` points.
  func kinks(reach: Double, samples: Int) -> [Double] {
    var found: [Double] = []
    for (k, step) in steps.enumerated() {
      let argument: [FormulaStep]
      switch step.operation {
      case .abs, .relu, .sign, .step: argument = Self.operand(of: steps[..<k])
      case .maximum, .minimum:
        let second = Self.operand(of: steps[..<k])
        let first = Self.operand(of: steps[..<(k - second.count)])
        argument = first + second + [FormulaStep(.subtract)]
      case .fraction:
        found += jumps(of: Self.operand(of: steps[..<k]), reach: 0.75 * reach, samples: samples)
        continue
      default: continue
      }
      let program = FormulaProgram(steps: argument)
      let nodes = (0...samples).map { -reach + 2 * reach * Double($0) / Double(samples) }
      let values = nodes.map { program.value($0) }
      for i in 0..<samples where values[i].isFinite && values[i + 1].isFinite {
        if values[i] == 0 {
          if i == 0 || values[i - 1] * values[i + 1] < 0 { found.append(nodes[i]) }
        } else if values[i] * values[i + 1] < 0 {
          var (low, high) = (nodes[i], nodes[i + 1])
          for _ in 0..<80 {
            let middle = 0.5 * (low + high)
            if program.value(middle) * values[i] > 0 { low = middle } else { high = middle }
          }
          found.append(0.5 * (low + high))
        }
      }
    }
    return found
  }

  /// Where a divisor, the argument of log or of a negative power, or the cosine under tan vanishes on
  /// [-reach, reach]: where the formula may be infinite.
  func poles(reach: Double, samples: Int) -> [Double] {
    var found: [Double] = []
    for (k, step) in steps.enumerated() {
      var argument: [FormulaStep]
      switch step.operation {
      case .divide, .log: argument = Self.operand(of: steps[..<k])
      case .power where step.number < 0: argument = Self.operand(of: steps[..<k])
      case .tan: argument = Self.operand(of: steps[..<k]) + [FormulaStep(.cos)]
      default: continue
      }
      let program = FormulaProgram(steps: argument)
      func size(_ x: Double) -> Double { Swift.abs(program.value(x)) }
      let nodes = (0...samples).map { -reach + 2 * reach * Double($0) / Double(samples) }
      let values = nodes.map(size)
      for i in 1..<samples
      where values[i] <= min(values[i - 1], values[i + 1])
        && values[i] < 0.95 * max(values[i - 1], values[i + 1])
      {
        // A minimum of the size: a zero, of either kind, where it goes on falling.
        var (low, high) = (nodes[i - 1], nodes[i + 1])
        for _ in 0..<90 {
          let (a, b) = (low + (high - low) / 3, high - (high - low) / 3)
          if size(a) < size(b) { high = b } else { low = a }
        }
        let place = values[i] == 0 ? nodes[i] : 0.5 * (low + high)
        if size(place) <= 1e-6 * max(values[i - 1], values[i + 1]) { found.append(place) }
      }
    }
    return found
  }

  /// Where the whole part of an argument changes.
  private func jumps(of argument: [FormulaStep], reach: Double, samples: Int) -> [Double] {
    let program = FormulaProgram(steps: argument)
    func whole(_ x: Double) -> Double { program.value(x).rounded(.down) }
    var found: [Double] = []
    for i in 0..<samples {
      // Off the lattice, on which whole numbers lie.
      var low = -reach + 2 * reach * (Double(i) - 0.37) / Double(samples)
      var high = low + 2 * reach / Double(samples)
      let (before, after) = (whole(low), whole(high))
      guard before.isFinite, after.isFinite, before != after else { continue }
      for _ in 0..<60 {
        let middle = 0.5 * (low + high)
        if whole(middle) == before { low = middle } else { high = middle }
      }
      found.append(0.5 * (low + high))
    }
    return found
  }

  /// The steps that leave the topmost value, at the end of `steps`.
  private static func operand(of steps: ArraySlice<FormulaStep>) -> [FormulaStep] {
    var missing = 1
    var start = steps.endIndex
    while missing > 0 {
      start -= 1
      missing += steps[start].operation.arguments - 1
    }
    return Array(steps[start...])
  }
}
