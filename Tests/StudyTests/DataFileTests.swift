import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Files of users")
struct DataFileTests {
  private let folder = TemporaryDirectory()

  @Test("SHA-256 of the vectors of FIPS 180-4, in pieces of any length")
  func sha256() {
    #expect(
      SHA256.hash(of: []) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      SHA256.hash(of: "abc".utf8)
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256.hash(of: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    let million = [UInt8](repeating: 97, count: 1_000_000)
    let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    #expect(SHA256.hash(of: million) == expected)
    var random = testGenerator(seed: 3)
    var pieces = SHA256()
    var at = 0
    while at < million.count {
      let n = min(million.count - at, Int.random(in: 0...9000, using: &random))
      pieces.update(million[at..<at + n])
      at += n
    }
    #expect(pieces.finalized() == expected)
  }

  @Test("a file that is cut or written to while it is read is refused, never a signal")
  func changing() throws {
    let path = folder.write("a", String(repeating: "x", count: 100_000))
    let file = try FileBytes(path: path)
    let hash = try file.sha256()
    #expect(hash == SHA256.hash(of: [UInt8](repeating: 120, count: 100_000)))
    #expect(truncate(path, 10) == 0)
    let cut = #expect(throws: DataFileError.self) { try file.bytes(at: 50_000, count: 100) }
    #expect(cut?.kind == .system && cut?.description.contains("became shorter") == true)
    #expect(throws: DataFileError.self) { try file.verifyUnchanged() }
    // A new file under the old name leaves what is being read alone.
    let second = try FileBytes(path: folder.write("b", "one"))
    try FileManager.default.removeItem(atPath: folder.file("b"))
    _ = folder.write("b", "another")
    #expect(try second.all() == Array("one".utf8))
  }

  /// A .npy file of version 1 with a given header.
  private func numpy(_ header: String, _ body: [UInt8], version: UInt8 = 1) throws -> String {
    var bytes: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]
    let n = header.utf8.count
    bytes +=
      [UInt8(n & 255), UInt8(n >> 8)] + (version > 1 ? [0, 0] : []) + Array(header.utf8) + body
    let path = folder.file("a.npy")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func bytes(_ values: [some FixedWidthInteger], big: Bool = false) -> [UInt8] {
    values.flatMap { v in withUnsafeBytes(of: big ? v.bigEndian : v.littleEndian) { Array($0) } }
  }

  private func dictionary(_ type: String, _ shape: String = "(3,)", fortran: Bool = false) -> String
  {
    "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }"
  }

  @Test("every real type of NumPy in both byte orders")
  func types() throws {
    func read(_ type: String, _ body: [UInt8]) throws -> [Double] {
      try NumPyFile(path: numpy(dictionary(type), body)).rows(from: 0, count: 3)
    }
    for big in [false, true] {
      let o = big ? ">" : "<"
      #expect(
        try read("\(o)f8", bytes([1.5, -2e300, 0].map(\.bitPattern), big: big)) == [1.5, -2e300, 0])
      #expect(
        try read("\(o)f4", bytes([1.5, -2e30, 0.1].map { Float($0).bitPattern }, big: big))
          == [1.5, -2e30, 0.1].map { Double(Float($0)) })
      // 1, the largest, the smallest of IEEE 754 binary16.
      #expect(
        try read("\(o)f2", bytes([0x3c00, 0xfbff, 1] as [UInt16], big: big)) == [
          1, -65504, 0x1p-24,
        ])
      #expect(
        try read("\(o)i2", bytes([-300, 5, 32767] as [Int16], big: big)) == [-300, 5, 32767])
      #expect(try read("\(o)i4", bytes([-70000, 5, 0] as [Int32], big: big)) == [-70000, 5, 0])
      #expect(
        try read("\(o)i8", bytes([-(1 << 53), 1 << 62, 7] as [Int64], big: big))
          == [-0x1p53, 0x1p62, 7])
      #expect(try read("\(o)u2", bytes([65535, 5, 0] as [UInt16], big: big)) == [65535, 5, 0])
      #expect(
        try read("\(o)u4", bytes([4_294_967_295, 5, 0] as [UInt32], big: big)) == [
          4_294_967_295, 5, 0,
        ])
      #expect(try read("\(o)u8", bytes([1 << 63, 5, 0] as [UInt64], big: big)) == [0x1p63, 5, 0])
    }
    #expect(try read("|i1", [255, 1, 128]) == [-1, 1, -128])
    #expect(try read("|u1", [255, 1, 128]) == [255, 1, 128])
    #expect(try read("|b1", [0, 1, 1]) == [0, 1, 1])
    #expect(throws: DataFileError.self) { try read("|b1", [0, 2, 1]) }
    #expect(throws: DataFileError.self) {
      try read("<i8", bytes([1, 2, (1 << 53) + 1] as [Int64]))
    }
  }

  @Test(
    "Fortran order is the same array in another order",
    arguments: [[5], [5, 3], [4, 2, 3], [3, 2, 2, 2]])
  func fortran(shape: [Int]) throws {
    let total = shape.reduce(1, *)
    var body = [Double](repeating: 0, count: total)
    // Number k in C order goes to its place with the first index fastest.
    for k in 0..<total {
      var (rest, place, stride) = (k, 0, total)
      for n in shape.reversed() {
        stride /= n
        place += rest % n * stride
        rest /= n
      }
      body[place] = Double(k)
    }
    let text = "(\(shape.map(String.init).joined(separator: ", ")),)"
    let array = try NumPyFile(
      path: numpy(dictionary("<f8", text, fortran: true), bytes(body.map(\.bitPattern))))
    #expect(array.shape == shape)
    #expect(try array.rows(from: 0, count: shape[0]) == (0..<total).map { Double($0) })
    let length = total / shape[0]
    #expect(try array.rows(from: 1, count: 2) == (length..<3 * length).map { Double($0) })
  }

  @Test("headers as Python writes dictionaries: quotes, blanks, any order, versions 1 to 3")
  func headers() throws {
    let body = bytes([1.0, 2, 3].map(\.bitPattern))
    for header in [
      "{\"shape\": (3,), \"fortran_order\": False, \"descr\": \"<f8\"}",
      "{ 'fortran_order' :False,'descr':'=f8' , 'shape':(3L,) ,}   \n",
      "{'descr': u'<f8', 'shape': ( 3 , ), 'fortran_order': False}\n",
    ] {
      for version in 1...3 {
        let array = try NumPyFile(path: numpy(header, body, version: UInt8(version)))
        #expect(try array.shape == [3] && array.rows(from: 0, count: 3) == [1, 2, 3], "\(header)")
      }
    }
  }

  @Test("what is no array of real numbers is refused with what to do")
  func refusals() throws {
    let body = [UInt8](repeating: 0, count: 24)
    for (header, reason) in [
      (dictionary("<c8"), "complex"), (dictionary("|O"), "Python objects"),
      (dictionary("<U6"), "text"),
      (dictionary("<f16"), "float64"), (dictionary("<M8[ns]"), "times"),
      (dictionary("|V8"), "records"),
      ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}", "records"),
      (dictionary("<f8", "(2,)"), "8 bytes behind"), (dictionary("<f8", "(4,)"), "cut short"),
      (dictionary("<f8", "(0, 3)"), "is empty"), (dictionary("<f8", "()"), "single number"),
      (dictionary("<f8", "(3)"), "no tuple"), (dictionary("<f8", "(-3,)"), "shape"),
      (dictionary("<f8", "(9999999999999, 99999999)"), "cut short"),
      (dictionary("<f8", "(99999999999999999999,)"), "cannot be read"),
      ("{'descr': '<f8', 'fortran_order': False}", "lacks shape"),
      ("{'descr': '<f8', 'fortran_order': 0, 'shape': (3,)}", "fortran_order"),
      ("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (3,)}", "twice"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'x': 1}", "the key x"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (3,", "cannot be read"),
      ("[1, 2]", "no dictionary"), ("", "cannot be read"),
      (String(repeating: "(", count: 900), "cannot be read"),
    ] {
      let error = #expect(throws: DataFileError.self) { try NumPyFile(path: numpy(header, body)) }
      #expect(
        error?.description.contains(reason) == true && error?.kind == .content,
        "\(header): \(error.map { "\($0)" } ?? "")")
    }
    for (bytes, reason) in [
      ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 9, 0, 0, 0, 0, 0], "version 9.0"),
      ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 255, 255, 255, 255], "damaged"),
      ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0], "cut short"),
      ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 9, 0, 0, 0], "cut short"), ([], "empty"),
      ([0x50, 0x4b, 3, 4], ".npz"), (Array("hello".utf8), "not a .npy"),
    ] as [([UInt8], String)] {
      let path = folder.file("b.npy")
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: DataFileError.self) { try RecordedArray.open(path) }
      #expect(error?.description.contains(reason) == true, "\(bytes)")
    }
  }

  @Test("mutated headers are read or refused")
  func mutations() throws {
    var random = testGenerator(seed: 5)
    let body = bytes([1.0, 2, 3].map(\.bitPattern))
    for _ in 0..<3000 {
      var header = Array(dictionary("<f8").utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        header[Int.random(in: 0..<header.count, using: &random)] = UInt8.random(
          in: 32...126, using: &random)
      }
      do {
        _ = try NumPyFile(path: numpy(String(decoding: header, as: UTF8.self), body)).rows(
          from: 0, count: 1)
      } catch let error as DataFileError {
        #expect(error.description.contains("a.npy") && error.kind == .content)
      }
    }
  }

  @Test("HDF5 of others: groups, missing names and files that are none are told apart")
  func hdf5() throws {
    let path = folder.file("n.h5")
    do {
      let file = try HDF5File(creating: path)
      try file.write("a/outputs", [1, 2, 3, 4], shape: [2, 2])
      try file.write("none", [], shape: [0, 2])
      try file.write("one", [1], shape: [])
      try file.writeAttribute("text", "x")
      try file.finish()
    }
    do {
      let array = try RecordedArray.open("\(path):/a/outputs")
      #expect(try array.shape == [2, 2] && array.rows(from: 1, count: 1) == [3, 4])
    }
    for (name, reason) in [
      ("\(path):/a", "not a dataset"), ("\(path):/b", "there are /a/outputs, /none, /one"),
      ("\(path):", "there are /a/outputs"), (path, "name the dataset, as in"),
      ("\(path):/none", "is empty"),
      ("\(path):/one", "single number"),
      ("\(folder.write("x.h5", "text")):/a", "is not an HDF5 file"),
      ("\(folder.file("missing.h5")):/a", "does not exist"), (folder.path, "is a folder"),
    ] {
      let error = #expect(throws: DataFileError.self) { try RecordedArray.open(name) }
      #expect(
        error?.description.contains(reason) == true, "\(name): \(error.map { "\($0)" } ?? "")")
    }
    // Cut in the middle: the library refuses it, we say so.
    let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
    #expect(truncate(path, off_t(size / 2)) == 0)
    #expect(throws: DataFileError.self) {
      try RecordedArray.open("\(path):/a/outputs").rows(from: 0, count: 2)
    }
  }

  @Test("an HDF5 file that another program has locked is said to be locked")
  func locked() throws {
    let path = folder.file("l.h5")
    do {
      let file = try HDF5File(creating: path)
      try file.write("a", [1], shape: [1])
      try file.finish()
    }
    let descriptor = open(path, O_RDWR)
    #expect(flock(descriptor, LOCK_EX) == 0)
    defer { close(descriptor) }
    let error = #expect(throws: DataFileError.self) { try RecordedArray.open("\(path):/a") }
    #expect(error?.description.contains("locked by another program") == true)
  }
}
