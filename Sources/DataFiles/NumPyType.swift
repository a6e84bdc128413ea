/// The type of the numbers of a NumPy array: real floats of 2, 4 and 8 bytes, whole numbers of 1 to 8, truth
/// values, in either byte order.
struct NumPyType {
  enum Kind { case half, single, double, signed, unsigned, truth }

  let kind: Kind
  let size: Int
  private let isSwapped: Bool

  /// Why numbers are not read: a part of a sentence, with what to do.
  struct Refused: Error {
    let reason: String
  }

  /// A whole number that float64 does not hold, or a byte that is no truth value.
  struct Inexact: Error {
    let index: Int
    let reason: String
  }

  /// - Parameter name: such as `<f8`, `>i4`, `|u1`; nil for structured types.
  init(_ name: String?) throws(Refused) {
    guard let name else {
      throw Refused(reason: "holds records (a structured type): save one field as numbers")
    }
    var rest = name[...]
    var order: Character = "="
    if let first = rest.first, "<>=|".contains(first) {
      order = first
      rest = rest.dropFirst()
    }
    let letter = rest.first ?? " "
    guard let size = Int(rest.dropFirst()) ?? (rest.dropFirst().isEmpty ? 1 : nil) else {
      throw Refused(reason: Self.why(letter, name))
    }
    switch (letter, size) {
    case ("f", 2): kind = .half
    case ("f", 4): kind = .single
    case ("f", 8): kind = .double
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8): kind = .signed
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8): kind = .unsigned
    case ("b", 1), ("?", 1): kind = .truth
    default: throw Refused(reason: Self.why(letter, name))
    }
    self.size = size
    isSwapped = order == ">"
  }

  private static func why(_ letter: Character, _ name: String) -> String {
    switch letter {
    case "c": "holds complex numbers: save real and imaginary part as two outputs"
    case "O": "holds Python objects: save an array of numbers"
    case "f", "g": "holds numbers of type \(name): save them as float64"
    case "U", "S", "a": "holds text: save an array of numbers"
    case "M", "m": "holds times: save an array of numbers"
    case "V": "holds records (a structured type): save one field as numbers"
    default: "holds numbers of the unknown type \(DataFileError.shown(name)): save them as float64"
    }
  }

  /// Number `index` as float64, exactly.
  func value(_ bytes: UnsafeRawBufferPointer, _ index: Int) throws(Inexact) -> Double {
    let at = index * size
    func raw<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> T {
      let value = bytes.loadUnaligned(fromByteOffset: at, as: T.self)
      return isSwapped ? T(bigEndian: value) : T(littleEndian: value)
    }
    switch (kind, size) {
    case (.double, _): return Double(bitPattern: raw(UInt64.self))
    case (.single, _): return Double(Float(bitPattern: raw(UInt32.self)))
    case (.half, _): return Self.half(raw(UInt16.self))
    case (.signed, 1): return Double(raw(Int8.self))
    case (.signed, 2): return Double(raw(Int16.self))
    case (.signed, 4): return Double(raw(Int32.self))
    case (.signed, _): return try exact(raw(Int64.self), index)
    case (.unsigned, 1): return Double(raw(UInt8.self))
    case (.unsigned, 2): return Double(raw(UInt16.self))
    case (.unsigned, 4): return Double(raw(UInt32.self))
    case (.unsigned, _): return try exact(raw(UInt64.self), index)
    case (.truth, _):
      let byte = raw(UInt8.self)
      guard byte < 2 else { throw Inexact(index: index, reason: "\(byte), neither True nor False") }
      return Double(byte)
    }
  }

  private func exact(_ value: some BinaryInteger, _ index: Int) throws(Inexact) -> Double {
    guard let result = Double(exactly: value) else {
      throw Inexact(index: index, reason: "\(value), a whole number that float64 does not hold")
    }
    return result
  }

  /// IEEE 754 binary16: 1 sign bit, 5 of the exponent, 10 of the fraction.
  static func half(_ bits: UInt16) -> Double {
    let sign = bits >> 15 == 0 ? 1.0 : -1.0
    let exponent = Int(bits >> 10 & 31)
    let fraction = Double(bits & 1023)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
    }
  }
}
