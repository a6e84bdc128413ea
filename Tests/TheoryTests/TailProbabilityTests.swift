import Fieldwork
import Foundation
import Testing

/// Logarithms of tail probabilities against mpmath at 60 digits: gammainc and, for F and Student's t,
/// x^a (1 - x)^b / (a B(a, b)) 2F1(1, a + b; a + 1; x) of the incomplete beta function.
@Suite("Tail probabilities down to the smallest number")
struct TailProbabilityTests {
  private func check(_ log: Double, _ expected: Double, _ what: Comment) {
    // A relative error of p, wherever p has digits.
    #expect(abs(log - expected) < 3e-12 * max(1, abs(expected)), "\(what): \(log), \(expected)")
  }

  @Test(
    "Chi-square, from the middle to 1e-290 and from 1 to a million degrees of freedom",
    arguments: [
      (0.5, 1, -0.7350111298370844), (3, 1, -2.4857327909860796), (40, 1, -22.093833084219643),
      (300, 1, -153.08098859174724), (1000, 1, -503.68066650438169),
      (1.5, 4, -0.19038421206457731), (60, 7, -22.614035824276592),
      (500, 7, -237.38731145409354), (1200, 255, -279.68255237588942),
      (250, 255, -0.55054533773960069), (1380, 10, -667.02548194512514),
      (1_005_000, 1e6, -8.4795217091100921), (2e-3, 3, -2.3774336259243244e-5),
    ])
  func chiSquare(x: Double, degrees: Double, expected: Double) {
    check(logUpperGamma(degrees / 2, x / 2), expected, "\(x), \(degrees)")
    let p = UpperTail.chiSquare(x, degrees: degrees)
    #expect(abs(p / exp(expected) - 1) < 3e-12 * max(1, abs(expected)))
  }

  @Test(
    "Student's t, with the normal deviate that is exceeded as often",
    arguments: [
      (0.1, 9, -0.080628393867811281, 0.0972391880071651),
      (1, 3, -0.93904204393417719, 0.857801250840957),
      (5, 3, -4.1738789243604759, 2.42301153140161),
      (5, 63, -12.235131267307711, 4.57088025632539),
      (12, 63, -39.598396984083716, 8.62609972146454),
      (40, 63, -105.38980011815151, 14.3176600720132),
      (8, 255, -30.759961681065251, 7.54928882214273),
      (30, 255, -195.47426247412269, 19.6096845334429),
      (60, 255, -349.23595981924761, 26.2959811136151),
      (1e6, 2.5, -34.175050758908004, 7.98209695964848),
      (38, 1e6, -725.3425648875492, 37.986283223915),
      (5, 1e7, -14.371834357318492, 4.99999675000434),
      (1e-5, 7, -7.6998586603342938e-6, 9.65030456143969e-6),
    ] as [(Double, Double, Double, Double)])
  func student(t: Double, degrees: Double, expected: Double, deviate: Double) {
    check(UpperTail.logStudentTwoSided(t, degrees: degrees), expected, "\(t), \(degrees)")
    for sign in [1.0, -1] {
      let z = normalDeviate(ofStudent: sign * t, degrees: degrees)
      #expect(abs(z / (sign * deviate) - 1) < 1e-9, "\(t), \(degrees): \(z)")
    }
  }

  @Test(
    "Fisher's F",
    arguments: [
      (1, 2, 10, -0.91160778396977313), (0.5, 3, 60, -0.38023060328390544),
      (20, 5, 60, -25.222735913988718), (100, 12, 52, -70.873631023664507),
      (900, 40, 200, -470.00828447473582), (1e5, 2, 254, -847.09096173846029),
      (1.2, 63, 192, -1.7419948452393962), (3, 100, 1e5, -48.55150883128193),
    ] as [(Double, Double, Double, Double)])
  func fisher(f: Double, p: Double, q: Double, expected: Double) {
    let ratio = p * f
    check(
      logRegularizedBeta(q / (q + ratio), ratio / (q + ratio), q / 2, p / 2), expected,
      "\(f), \(p), \(q)")
    let smallest = Double.leastNormalMagnitude
    let value = UpperTail.fisher(f, p, q)
    #expect(
      expected < log(smallest)
        ? value == smallest : abs(value / exp(expected) - 1) < 3e-12 * max(1, abs(expected)))
  }

  @Test("A p-value is never 0, falls monotonically, and nothing has the p-value of no number")
  func edges() {
    var last = (1.0, 1.0, 1.0)
    for k in 0..<400 {
      let x = 0.01 * pow(1.05, Double(k))
      let next = (
        UpperTail.chiSquare(x, degrees: 5), UpperTail.fisher(x, 6, 58),
        UpperTail.studentTwoSided(x, degrees: 63)
      )
      #expect(next.0 > 0 && next.1 > 0 && next.2 > 0)
      #expect(next.0 <= last.0 && next.1 <= last.1 && next.2 <= last.2)
      last = next
    }
    #expect(UpperTail.chiSquare(1e9, degrees: 3) == .leastNormalMagnitude)
    #expect(UpperTail.fisher(.infinity, 3, 9) == .leastNormalMagnitude)
    #expect(UpperTail.studentTwoSided(1e300, degrees: 63) == .leastNormalMagnitude)
    #expect(UpperTail.chiSquare(0, degrees: 3) == 1 && UpperTail.fisher(0, 3, 9) == 1)
    for p in [
      UpperTail.chiSquare(.nan, degrees: 3), UpperTail.fisher(.nan, 3, 9),
      UpperTail.studentTwoSided(.nan, degrees: 9), UpperTail.studentTwoSided(1, degrees: .nan),
    ] { #expect(p.isNaN) }
  }

  @Test("Small probabilities are printed as they are, and below 1e-300 as such")
  func words() {
    #expect(PValue.text(0.0312) == "0.031" && PValue.text(2.13e-19) == "2.1e-19")
    #expect(PValue.text(3.2e-290) == "3.2e-290")
    #expect(PValue.text(.leastNormalMagnitude) == "< 1e-300")
    #expect(PValue.text(nil) == "-" && PValue.text(.nan) == "-")
  }

  @Test("Holm: nothing, and tests without a p-value, do not count; the order is kept")
  func holm() {
    #expect(HolmCorrection.adjusted([]).isEmpty)
    #expect(HolmCorrection.adjusted([.nan, nil]) == [nil, nil])
    #expect(HolmCorrection.adjusted([.nan, 0.03, nil, 0.01]) == [nil, 0.03, nil, 0.02])
    #expect(HolmCorrection.adjusted([.leastNormalMagnitude, 0.5])[0]! < PValue.smallest)
  }
}
