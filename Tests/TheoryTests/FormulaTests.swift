import CSampling
import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Formulas as activations")
struct FormulaTests {
  private func value(_ text: String, _ x: Double) throws -> Double {
    FormulaUnit(try Formula(text)).value(x, variance: 0)
  }

  @Test("arithmetic: precedence, signs, powers, constants")
  func arithmetic() throws {
    for (text, expected) in [
      ("1 + 2*3", 7.0), ("(1 + 2)*3", 9), ("-2^2", -4), ("2^-1", 0.5), ("2^3^2", 512),
      ("8/4/2", 1), ("7 - 2 - 1", 4), ("--3", 3), ("2*-3", -6), ("1e-3*1000", 1), ("x**2", 0.25),
      ("+z*z", 0.25), ("max(x, -x) + min(1, 2)", 1.5), ("2*pi", 2 * Double.pi), ("e^2", exp(2)),
      ("sqrt(abs(x))", 0.5.squareRoot()), ("step(x) + sign(x)", -1),
      ("relu(-x)^1.5", pow(0.5, 1.5)),
      (".5e1", 5),
    ] {
      #expect(abs(try value(text, -0.5) - expected) < 1e-14 * abs(expected), "\(text)")
    }
  }

  @Test("every mistake points at its character")
  func errors() {
    for (text, character) in [
      ("x*thanh(x)", 3), ("x +", 4), ("(x", 3), ("x)", 2), ("", 1), ("2 x", 3), ("max(x)", 6),
      ("x^x", 3), ("x^100", 3), ("sin x", 5), ("1..2", 3), ("3*é", 3), ("x*\u{1F600}", 3),
      ("1e99*x", 1),
    ] {
      do {
        _ = try Formula(text)
        Issue.record("\(text) was accepted")
      } catch let error {
        #expect(error.reason.hasPrefix("character \(character): "), "\(text): \(error.reason)")
      }
    }
    // Deep nesting, long texts and poles are refused too.
    for text in [
      String(repeating: "(", count: 300) + "x", String(repeating: "x+", count: 600) + "x",
      "1/x^2 + log(x)",
      String(repeating: "-", count: 400) + "x",
    ] {
      #expect(throws: InvalidEnsemble.self) { try Formula(text) }
    }
  }

  @Test("kinks are found where arguments change sign, and listed ones are kept")
  func kinks() throws {
    #expect(
      try Formula("abs(x - 1) + relu(x + 0.5)").kinks.map { ($0 * 1e9).rounded() / 1e9 } == [
        -0.5, 1,
      ])
    #expect(try Formula("tanh(x)").kinks.isEmpty)
    #expect(try Formula("tanh(x)", kinks: [2, -1]).kinks == [-1, 2])
    #expect(try Formula("max(0, min(x, 3))").kinks.count == 2)
    #expect(FormulaUnit(try Formula("step(x)")).hasJumps)
    #expect(!FormulaUnit(try Formula("abs(x)")).hasJumps)
  }

  @Test("a removable pole: sin(x)/x at zero")
  func pole() throws {
    #expect(abs(try value("sin(x)/x", 0) - 1) < 1e-12)
  }

  @Test(
    "derivatives to fourth order against differences",
    arguments: [
      "exp(-x^2)", "log(2 + cos(x))", "sqrt(1 + x^2)", "sin(3*x)/(2 + x^2)", "tanh(x)*x",
      "erf(x)^3",
      "softplus(x)", "sigmoid(2*x)", "gelu(x)", "tan(x/3)", "sinh(x)*cosh(x)", "atan(x)",
      "(2 + sin(x))^1.5", "max(x, 2*x) + min(x, 0)",
    ])
  func derivatives(text: String) throws {
    let unit = FormulaUnit(try Formula(text))
    for x in [-1.3, -0.4, 0.7, 1.9] {
      let series = unit.series(TaylorSeries(variable: x), variance: 0)
      #expect(abs(series.value - unit.value(x, variance: 0)) < 1e-14 * max(1, abs(series.value)))
      let h = 0.01
      let f = (-4...4).map { unit.value(x + h * Double($0), variance: 0) }
      // Eighth-order central differences, and sixth-order for the third and fourth.
      let first =
        (0.8 * (f[5] - f[3]) - 0.2 * (f[6] - f[2]) + 4 / 105.0 * (f[7] - f[1])
          - (f[8] - f[0]) / 280) / h
      let fourth =
        (91 / 8.0 * f[4] - 122 / 15.0 * (f[5] + f[3]) + 169 / 60.0 * (f[6] + f[2])
          - 2 / 5.0 * (f[7] + f[1]) + 7 / 240.0 * (f[8] + f[0])) / (h * h * h * h)
      #expect(abs(first - series.derivative(1)) < 1e-9 * max(1, abs(first)), "\(text) at \(x)")
      #expect(abs(fourth - series.derivative(4)) < 2e-4 * max(1, abs(fourth)), "\(text) at \(x)")
    }
  }

  @Test("every unit: series and slope agree with the value", arguments: Activation.names)
  func units(name: String) throws {
    let unit = try Activation(name).unit
    for x in [-3.1, -0.6, 0.2, 1.4, 5.0] {
      let series = unit.series(TaylorSeries(variable: x), variance: 0.3)
      let h = 1e-4
      let f = [-2.0, -1, 1, 2].map { unit.value(x + h * $0, variance: 0.3) }
      let slope = (8 * (f[2] - f[1]) - (f[3] - f[0])) / (12 * h)
      #expect(abs(series.value - unit.value(x, variance: 0.3)) < 1e-13 * max(1, abs(series.value)))
      #expect(abs(series.derivative(1) - slope) < 1e-9 * max(1, abs(slope)))
      #expect(abs(unit.slope(x, variance: 0.3) - slope) < 1e-9 * max(1, abs(slope)))
    }
  }
}
