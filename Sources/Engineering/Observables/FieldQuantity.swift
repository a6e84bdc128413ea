/// A quantity of a field theory as a function of means of numbers that are measured of each field.
public struct FieldQuantity: Sendable {
  public enum Name: String, Sendable, Hashable, Codable {
    case phi2, phi4, neighbour, susceptibility, magnetisation, binder
    case correlationLength = "correlation_length"
    case correlator
    case effectiveMass = "effective_mass"
  }

  public let name: Name
  /// The distance of a correlator or an effective mass.
  public let time: Double?
  /// Places of the numbers whose means are the arguments.
  public let columns: [Int]
  /// Not a number where it does not exist.
  public let function: @Sendable ([Double]) -> Double

  init(
    _ name: Name, time: Double? = nil, _ columns: [Int],
    _ function: @escaping @Sendable ([Double]) -> Double = { $0[0] }
  ) {
    self.name = name
    self.time = time
    self.columns = columns
    self.function = function
  }

  /// From the means of all numbers.
  public func callAsFunction(_ means: [Double]) -> Double { function(columns.map { means[$0] }) }
}
