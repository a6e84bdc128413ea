import Fieldwork
import Foundation
import TestSupport
import Testing

/// `gp` with kernels that are singular: answers with the digits that are left, or sentences.
@Suite("Regression at the command line")
struct RegressionCommandTests {
  private func regress(_ data: String, _ arguments: String..., in folder: TemporaryDirectory) throws
    -> FieldworkProgram.Outcome
  {
    _ = folder.write("data.csv", data)
    return try FieldworkProgram.run(
      ["gp", "regress", "--data", "data.csv"] + arguments, in: folder)
  }

  @Test("contradictory values are refused with the points, and answered with noise")
  func contradiction() throws {
    let folder = TemporaryDirectory()
    let refused = try regress(
      "0.1,1\n0.1,2\n", "--activation", "erf", "--sigma-b", "0.5", "--points", "[[0.2]]",
      in: folder)
    #expect(refused.code == 65 && refused.output.isEmpty)
    #expect(
      refused.errors
        == "fieldwork: data.csv: points 1 and 2 are equal and their values differ: give --noise\n")
    let answered = try regress(
      "0.1,1\n0.1,2\n", "--activation", "erf", "--sigma-b", "0.5", "--points", "[[0.1]]", "--noise",
      "0.1", in: folder)
    #expect(answered.code == 0)
    // Two values of noise s: K / (K + s^2/2) of their mean 3/2, K = 1/4 + (2/pi) asin(0.52/1.52).
    let k = 0.25 + 2 / Double.pi * asin(0.52 / 1.52)
    let numbers = answered.output.split(separator: ",").compactMap {
      Double($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    #expect(abs(numbers[1] - 1.5 * k / (k + 0.005)) < 1e-7)
    #expect(abs(numbers[2] - (k - k * k / (k + 0.005)).squareRoot()) < 1e-8)
  }

  @Test("gradient descent of a linear net prints least squares, and says what is left")
  func leastSquares() throws {
    let folder = TemporaryDirectory()
    let outcome = try regress(
      "0.5,0.7\n1,1\n2,2.2\n", "--activation", "linear", "--ntk", "--points", "[[1.5]]", in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.output.hasPrefix("1.5,1.6428571,"))
    #expect(outcome.errors.contains("2 directions for 3 data, values off them by 0.0926"))
  }

  @Test("functions at equal points are equal, and the rank is said")
  func draws() throws {
    let folder = TemporaryDirectory()
    let outcome = try FieldworkProgram.run(
      [
        "gp", "draw", "--activation", "linear", "--sigma-b", "1", "--points",
        "[[0.5],[1],[0.5],[2]]", "--count", "2",
      ], in: folder)
    #expect(outcome.code == 0 && outcome.errors.contains("2 independent directions at 4 points"))
    let rows = outcome.output.split(separator: "\n")
    #expect(rows[0] == rows[2])
  }
}
