import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Periodic units of formulas")
struct PeriodicFormulaTests {
  @Test("`periodic` makes s(z mod 1) of a formula in any name of its variable")
  func names() throws {
    for text in ["tanh(2*%)", "%^2 - sin(%)/3", "exp(-%*%) + phi", "max(z, x) * phi"] {
      for name in ["x", "z", "phi"] {
        let plain = text.replacingOccurrences(of: "%", with: name)
        let unit = try Activation.periodic(Activation(try Formula(plain)))
        #expect(unit.period == 1, "\(plain)")
        let inside = try FormulaUnit(Formula(plain)).value(0.3, variance: 1)
        for shift in [-3.0, 0, 4] {
          let value = unit.unit.value(0.3 + shift, variance: 1)
          #expect(abs(value - inside) < 1e-12, "\(plain) at \(0.3 + shift)")
        }
      }
    }
  }
}
