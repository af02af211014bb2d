import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// Files of NumPy 2.4.6 (Tools/reference/make_npy.py): element i is −2 + i / 4, of integers start +
/// i.
@Suite(".npy files")
struct NumPyArrayTests {
  private func load(_ name: String) throws(WeightsError) -> NumPyArray {
    try NumPyArray(contentsOf: Fixture.path("numpy/\(name)"))
  }

  private static func counting(
    _ shape: [Int], from start: Float = -2, step: Float = 0.25
  ) -> NumPyArray {
    let count = shape.reduce(1, *)
    return NumPyArray(shape: shape, elements: (0..<count).map { start + step * Float($0) })
  }

  private static let written: [(name: String, array: NumPyArray)] = [
    ("matrix.npy", counting([3, 4])), ("vector.npy", counting([5])), ("scalar.npy", counting([])),
    ("empty.npy", counting([0, 3])), ("images.npy", counting([2, 3, 4, 5])),
  ]

  @Test("arrays are read, and written as NumPy writes them", arguments: written)
  func roundTrip(name: String, array: NumPyArray) throws {
    let read = try load(name)
    #expect(read == array)
    let expected = try Fixture.bytes("numpy/\(name)")
    try withTemporaryFolder { folder in
      try array.write(to: folder + "/x.npy")
      let bytes = Array(try Data(contentsOf: URL(filePath: folder + "/x.npy")))
      #expect(bytes == expected)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files == ["x.npy"])
    }
  }

  /// Each byte becomes a float. Without the check, allocating the array of floats would end the
  /// process.
  @Test(
    "an array is refused without memory for its floats",
    .disabled(if: Sanitizer.isActive, "it limits the addresses"))
  func noMemory() async {
    await #expect(processExitsWith: .success) {
      let count = 100 << 20
      let bytes =
        NumPyLayout.bytes(descr: "|u1", shape: [count]) + [UInt8](repeating: 1, count: count)
      limitAddresses(spare: 64 << 20)
      do throws(WeightsError) {
        _ = try NumPyArray(npy: bytes, source: "x.npy")
      } catch {
        let expected = "x.npy: not enough memory for its 419 MB of contents; close other programs"
        exit(error.description == expected ? 0 : 3)
      }
      exit(4)
    }
  }

  @Test(
    "every version, order and floating-point type is read",
    arguments: [
      ("version2.npy", [3, 4]), ("version3.npy", [3, 4]), ("fortran.npy", [2, 3, 4]),
      ("fortran-big.npy", [2, 3, 4]), ("f2-little.npy", [2, 3]), ("f2-big.npy", [2, 3]),
      ("f4-big.npy", [2, 3]), ("f8-little.npy", [2, 3]), ("f8-big.npy", [2, 3]),
    ])
  func forms(name: String, shape: [Int]) throws {
    let read = try load(name)
    #expect(read == Self.counting(shape))
  }

  @Test(
    "integers are read",
    arguments: [
      "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "u2-big", "u4-big", "u8-big", "i2-big",
      "i4-big", "i8-big",
    ])
  func integers(name: String) throws {
    let read = try load(name + ".npy")
    #expect(read == Self.counting([2, 3], from: name.hasPrefix("u") ? 3 : -3, step: 1))
  }

  @Test("numbers that floats cannot hold become the nearest float")
  func rounding() throws {
    let limits = try load("limits.npy")
    #expect(limits.elements == [-0x1p63, 0x1p63, 16_777_216, 16_777_216])
    let rounded = try load("round.npy")
    #expect(rounded.elements == [0.1, 0, .infinity, -.infinity])
  }

  /// The description of the error of reading.
  private func message(_ bytes: [UInt8]) -> String {
    do {
      return "read: \(try NumPyArray(npy: bytes, source: "x.npy"))"
    } catch {
      #expect(!error.description.contains { $0.isNewline })
      return error.description
    }
  }

  /// A file of version 1.0 with this header.
  private func file(_ header: String, elements: Int = 0) -> [UInt8] {
    let text = Array(header.utf8)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 0xFF), UInt8(text.count >> 8)]
      + text + Array(repeating: 0, count: elements)
  }

  @Test(
    "arrays of other types than numbers are refused",
    arguments: [
      ("bool.npy", "|b1"), ("complex.npy", "<c16"), ("text.npy", "<U1"), ("object.npy", "|O"),
    ])
  func types(name: String, dtype: String) throws {
    let found = message(try Fixture.bytes("numpy/\(name)"))
    #expect(
      found
        == "x.npy has the dtype '\(dtype)'; save it as float32, float16, float64 or integers")
  }

  @Test("structured arrays are refused")
  func structured() throws {
    let found = message(try Fixture.bytes("numpy/structured.npy"))
    #expect(found == "x.npy is a structured array; save one of its fields instead")
  }

  @Test(
    "the header's fields may have any order and spacing",
    arguments: [
      "{'shape': (3,), 'fortran_order': False, 'descr': '|u1'}",
      "  {\"descr\" :\t'|u1','fortran_order':True,\n'shape':( 3 , ) , } \n",
    ])
  func spellings(header: String) {
    #expect(message(file(header, elements: 3)) == "read: \(Self.counting([3], from: 0, step: 0))")
  }

  @Test(
    "other headers are refused",
    arguments: [
      ("", "it ends too early"),
      ("{", "it ends too early"),
      ("{}", "it must have descr, fortran_order and shape only"),
      (
        "{'shape': (3,), 'fortran_order': False}",
        "it must have descr, fortran_order and shape only"
      ),
      (
        "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), 'x': True}",
        "it must have descr, fortran_order and shape only"
      ),
      (
        "{'descr': True, 'fortran_order': False, 'shape': (3,)}",
        "it must have descr, fortran_order and shape only"
      ),
      ("{'descr': '|u1', 'descr': '|u1'}", "it has 'descr' twice"),
      ("{'descr': '|u1'} x", "it has an unexpected character at position 18"),
      ("{'descr': '|u1' 'shape': (3,)}", "it has an unexpected character at position 17"),
      ("{'shape': (3)}", "it has an unexpected character at position 13"),
      ("{'shape': (3,, 4)}", "it has an unexpected character at position 14"),
      ("{'shape': (,)}", "it has an unexpected character at position 12"),
      ("{'shape': (-3,)}", "it has an unexpected character at position 12"),
      ("{'shape': (03,)}", "it has an unexpected character at position 12"),
      ("{'shape': (3L,)}", "it has an unexpected character at position 13"),
      ("{'shape': [3]", "it must have descr, fortran_order and shape only"),
      ("{'shape': __import__('os')}", "it has an unexpected character at position 11"),
      ("{'de\\x73cr': '|u1'}", "it has an unexpected character at position 2"),
      ("{'shape': (99999999999999999999,)}", "it has an extent above 9223372036854775807"),
      ("{'shape': (\(String(repeating: "1, ", count: 65)))}", "it has more than 64 dimensions"),
    ])
  func headers(header: String, reason: String) {
    #expect(
      message(file(header, elements: 3)) == "x.npy is damaged: its header is not valid: \(reason)")
  }

  @Test(
    "shapes that do not fit the elements are refused",
    arguments: [
      ("(4,)", "its 4 elements of dtype <f4 take 16 bytes, but it has 12"),
      ("(2,)", "its 2 elements of dtype <f4 take 8 bytes, but it has 12"),
      ("(0, 9)", "its 0×9 elements of dtype <f4 take 0 bytes, but it has 12"),
      ("()", "its a scalar elements of dtype <f4 take 4 bytes, but it has 12"),
      ("(4294967296, 4294967296)", "it has an impossible shape 4294967296×4294967296"),
      ("(9223372036854775807,)", "it has an impossible shape 9223372036854775807"),
    ])
  func shapes(shape: String, reason: String) {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape)}"
    #expect(message(file(header, elements: 12)) == "x.npy is damaged: \(reason)")
  }

  @Test("other files and unknown versions are refused")
  func magic() throws {
    #expect(message(Array("PK\u{3}\u{4} and more".utf8)) == "x.npy is not a .npy file")
    #expect(
      message([]) == "x.npy is damaged: it has 0 bytes, too few for the header of a .npy file")
    var bytes = try Fixture.bytes("numpy/matrix.npy")
    bytes[6] = 4
    #expect(message(bytes) == "x.npy has version 4.0; versions 1.0 to 3.0 are supported")
    bytes[6] = 2
    // The first bytes of the dictionary are then the upper half of the length.
    #expect(message(bytes).hasPrefix("x.npy is damaged: its header claims "))
  }

  @Test("truncated files are refused", arguments: ["matrix.npy", "version2.npy"])
  func truncation(name: String) throws {
    let bytes = try Fixture.bytes("numpy/\(name)")
    for count in bytes.indices {
      #expect(throws: WeightsError.self) {
        try NumPyArray(npy: Array(bytes[..<count]), source: "cut")
      }
    }
    #expect(throws: WeightsError.self) { try NumPyArray(npy: bytes + [0], source: "long") }
  }

  @Test("a sparse file that would fill the memory is refused")
  func holes() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.npy"
      let header = file("{'descr': '|u1', 'fortran_order': False, 'shape': (1073741825,)}")
      try Data(header).write(to: URL(filePath: path))
      try #require(truncate(path, off_t(header.count + 1_073_741_825)) == 0)
      #expect(
        throws: WeightsError.unsupported(
          source: path, reason: "has 1073741825 elements; the limit is 1073741824")
      ) { try NumPyArray(contentsOf: path) }
    }
  }

  @Test("errors name files that are missing or cannot be written")
  func files() {
    #expect(throws: WeightsError.file(FileError(path: "/none/x.npy", code: ENOENT))) {
      try NumPyArray(contentsOf: "/none/x.npy")
    }
    #expect(throws: WeightsError.file(FileError(path: "/none/x.npy", code: ENOENT))) {
      try Self.counting([1]).write(to: "/none/x.npy")
    }
  }
}
