import Correlators
import Statistics

/// Fits of the deviations against width, for every set of cases that differ in width alone.
struct WidthFits {
  let study: Study
  let correlators: [[Correlator]]

  var all: [WidthFit]? {
    // Interacting theories do not tend to the free one.
    let groups = study.groups(varying: { $0 == "width" }) { index in
      study.cases[index].width != nil && study.cases[index].interaction == nil
    }
    let fits = groups.flatMap { group -> [WidthFit] in
      let indices = group.cases
      guard indices.count >= 2 else { return [] }
      let parameters = group.parameters.isEmpty ? nil : group.parameters.mapValues(\.text)
      let orders = Set(indices.flatMap { correlators[$0].map(\.order) }).filter { $0 > 2 }.sorted()
      return orders.flatMap { order -> [WidthFit] in
        let pairs = indices.compactMap { index -> (Double, Correlator)? in
          guard let width = study.cases[index].width,
            let own = correlators[index].first(where: { $0.order == order })
          else { return nil }
          return (Double(width), own)
        }
        let deviations = pairs.map { width, own in
          WidthPoint(
            width: width, estimate: own.deviation, replicated: own.replicated.deviation)
        }
        let connected = pairs.map { width, own in
          WidthPoint(
            width: width, estimate: own.connectedDeviation, replicated: own.replicated.connected)
        }
        return [
          WidthFit.power(
            deviations, order: order, quantity: "deviation", parameters: parameters),
          WidthFit.power(
            connected, order: order, quantity: "connected_deviation", parameters: parameters),
          order == 6
            ? WidthFit.expansion(
              deviations, order: order, quantity: "deviation", parameters: parameters) : nil,
        ].compactMap { $0 }
      }
    }
    return fits.isEmpty ? nil : fits
  }
}
