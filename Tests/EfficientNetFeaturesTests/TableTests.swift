import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetFeatures

@Suite("FeatureTable")
struct TableTests {
  static let names = ["a.jpg", "größer/ü 😀.png", "", "b,\"c\".jpg"]

  static func table(_ precision: Precision = .float32) -> FeatureTable {
    let rows = (0..<4).map { row in
      (0..<5).map { Float(row * 5 + $0) / 8 - 1 }
    }
    return FeatureTable(
      source: "a test",
      description: FeatureDescription(
        model: "tiny", weights: "0123456789abcdef", stage: "global_pool", features: 5,
        isNormalized: false, precision: precision, resolution: 33),
      names: names, rows: FeatureMatrix(rows))
  }

  static func check(_ found: FeatureTable, _ expected: FeatureTable) {
    #expect(Array(found.names) == Array(expected.names))
    #expect(found.rows.count == expected.rows.count)
    for row in 0..<found.rows.count { #expect(found.rows[row] == expected.rows[row]) }
  }

  @Test(
    "a table is read as it was written",
    arguments: [
      ("x.npz", Precision.float32), ("x.safetensors", .float32), ("x.safetensors", .bfloat16),
    ])
  func roundTrip(name: String, precision: Precision) throws {
    let folder = try TemporaryFolder()
    let table = Self.table()
    try table.write(to: folder.path(name), storing: precision)
    let found = try FeatureTable(contentsOf: folder.path(name))
    // These numbers have few bits, so that bfloat16 holds them exactly.
    Self.check(found, table)
    #expect(found.description == table.description)
    #expect(found.rows.precision == precision)
    #expect(try found.row(named: Self.names[3]) == 3)
    let error = #expect(throws: FeaturesError.self) { try found.row(named: "c.jpg") }
    #expect(error?.description.contains("has no row 'c.jpg'") == true)
    let first = try folder.bytes(name)
    try table.write(to: folder.path(name), storing: precision)
    #expect(try folder.bytes(name) == first)
    #expect(try folder.names == [name])
  }

  @Test("rows are appended behind those of a file, and may replace it")
  func appending() throws {
    let folder = try TemporaryFolder()
    let table = Self.table()
    try table.write(to: folder.path("x.npz"), storing: .float32)
    let opened = try FeatureTable(contentsOf: folder.path("x.npz"))
    let row: [Float] = [1, 2, 3, 4, 5]
    try opened.appending(["new.jpg"], FeatureMatrix([row])).write(to: folder.path("x.npz"))
    let found = try FeatureTable(contentsOf: folder.path("x.npz"))
    Self.check(
      found,
      FeatureTable(
        source: "", names: Self.names + ["new.jpg"],
        rows: FeatureMatrix((0..<4).map { table.rows[$0] } + [row])))
    #expect(found.description == table.description)
    #expect(
      throws: FeaturesError.dimensions(first: "a test", count: 5, second: "a new row", other: 2)
    ) {
      try table.appending(["x"], FeatureMatrix([[1, 2]]))
    }
  }

  @Test("names are compared by their bytes", arguments: ["x.npz", "x.npy", "x.safetensors"])
  func unicode(name: String) throws {
    let folder = try TemporaryFolder()
    let names = ["e\u{301}.png", "\u{E9}.png"]
    let table = FeatureTable(source: "", names: names, rows: FeatureMatrix([[1], [2]]))
    try table.write(to: folder.path(name))
    let found = try FeatureTable(contentsOf: folder.path(name))
    #expect(try names.map { try found.row(named: $0) } == [0, 1])
    let one = FeatureTable(source: "", names: [names[0]], rows: FeatureMatrix([[1]]))
    #expect(throws: FeaturesError.self) { try one.row(named: names[1]) }
  }

  @Test("an .npy file has names in a second file, or numbers")
  func npy() throws {
    let folder = try TemporaryFolder()
    let table = Self.table()
    try table.write(to: folder.path("x.npy"))
    let found = try FeatureTable(contentsOf: folder.path("x.npy"))
    Self.check(found, table)
    #expect(found.description == nil)
    #expect(try folder.names == ["x.npy", "x.npy.names.txt"])
    #expect(
      try String(decoding: folder.bytes("x.npy.names.txt"), as: UTF8.self)
        == Self.names.map { $0 + "\n" }.joined())
    try folder.remove("x.npy.names.txt")
    let bare = try FeatureTable(contentsOf: folder.path("x.npy"))
    #expect(Array(bare.names) == ["0", "1", "2", "3"])
    try folder.write(Array("a\nb\n".utf8), "x.npy.names.txt")
    #expect(throws: WeightsError.self) { try FeatureTable(contentsOf: folder.path("x.npy")) }
    let broken = FeatureTable(source: "", names: ["a\nb"], rows: FeatureMatrix([[1]]))
    #expect(throws: FeaturesError.self) { try broken.write(to: folder.path("y.npy")) }
  }

  @Test("a .csv file has a line for each row")
  func csv() throws {
    let folder = try TemporaryFolder()
    let table = FeatureTable(
      source: "", names: ["b,\"c\".jpg", "d"], rows: FeatureMatrix([[0.1, -2], [3, 1e-9]]))
    try table.write(to: folder.path("x.csv"))
    #expect(
      try String(decoding: folder.bytes("x.csv"), as: UTF8.self)
        == "name,f0,f1\n\"b,\"\"c\"\".jpg\",0.1,-2.0\nd,3.0,1e-09\n")
    #expect(throws: FeaturesError.self) { try FeatureTable(contentsOf: folder.path("x.csv")) }
  }

  /// `numpy.savez` writes the same headers for these arrays.
  @Test("an .npz file has NumPy's headers")
  func headers() throws {
    let folder = try TemporaryFolder()
    try Self.table().write(to: folder.path("x.npz"))
    let text = String(decoding: try folder.bytes("x.npz"), as: Unicode.ASCII.self)
    #expect(text.contains("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 5), }"))
    let width = Self.names.map(\.unicodeScalars.count).max() ?? 0
    #expect(text.contains("{'descr': '<U\(width)', 'fortran_order': False, 'shape': (4,), }"))
    #expect(text.contains("'fortran_order': False, 'shape': (), }"))
  }

  @Test("a table larger than the write buffer is written")
  func large() throws {
    let folder = try TemporaryFolder()
    let elements = Formula.unit("rows", count: 700 * 300).map(Float.init)
    let table = FeatureTable(
      source: "", names: (0..<700).map { "photo \($0 * 37).jpg" },
      rows: FeatureMatrix(dimensions: 300, elements: elements))
    for name in ["x.npz", "x.npy", "x.safetensors"] {
      try table.write(to: folder.path(name))
      Self.check(try FeatureTable(contentsOf: folder.path(name)), table)
    }
    try table.write(to: folder.path("x.safetensors"), storing: .bfloat16)
    let halves = try FeatureTable(contentsOf: folder.path("x.safetensors"))
    #expect(Array(halves.names) == Array(table.names))
    let error = zip(halves.rows[699], table.rows[699]).map { abs($0 - $1) }.max() ?? 1
    #expect(error > 0 && error <= 0x1p-9)
  }

  @Test("a precision or file extension that is not supported is refused")
  func unsuitable() throws {
    let folder = try TemporaryFolder()
    for name in ["x.npz", "x.npy", "x.csv"] {
      #expect(throws: FeaturesError.self) {
        try Self.table().write(to: folder.path(name), storing: .bfloat16)
      }
    }
    for (precision, name) in [(Precision.float16, "fp16"), (.int8, "int8")] {
      #expect(
        throws: FeaturesError.unsuitable(
          path: "x.safetensors", reason: "cannot hold features in \(name); store fp32 or bf16")
      ) {
        try FeatureFileForm(path: "x.safetensors", storing: precision)
      }
    }
    #expect(throws: FeaturesError.unknownForm(path: "x.txt")) {
      try FeatureTable(contentsOf: "x.txt")
    }
    #expect(try folder.names.isEmpty)
  }

  @Test(
    "a damaged file is an error or another table, never a crash",
    arguments: ["npz", "npy", "safetensors"])
  func damage(form: String) throws {
    let folder = try TemporaryFolder()
    let name = "x.\(form)"
    try Self.table().write(to: folder.path(name))
    let whole = try folder.bytes(name)
    var mutations = Mutations(seed: 5)
    for _ in 0..<Mutations.count(1500) {
      try folder.write(mutations.damaged(whole), name)
      do {
        let table = try FeatureTable(contentsOf: folder.path(name))
        for row in 0..<min(table.rows.count, 10) { _ = (table.names[row], table.rows[row]) }
      } catch let error as WeightsError {
        #expect(!error.description.contains("\n"))
      }
    }
    for length in stride(from: 0, to: whole.count, by: 7) {
      try folder.write(Array(whole.prefix(length)), name)
      #expect(throws: WeightsError.self) { try FeatureTable(contentsOf: folder.path(name)) }
    }
  }

  @Test(
    "a file that another program shortens is an error of the search, not a signal",
    arguments: ["x.npz", "x.npy", "x.safetensors"])
  func shortened(name: String) throws {
    let folder = try TemporaryFolder()
    let elements = Formula.unit("rows", count: 700 * 300).map(Float.init)
    let rows = FeatureMatrix(dimensions: 300, elements: elements)
    let names = (0..<700).map { "photo \($0).jpg" }
    try FeatureTable(source: "", names: names, rows: rows).write(to: folder.path(name))
    let table = try FeatureTable(contentsOf: folder.path(name))
    let pool = ThreadPool(threads: 2)
    let search = SimilaritySearch(table.rows, pool: pool)
    #expect(try search.best(1, for: rows[3]).map(\.row) == [3])
    #expect(truncate(folder.path(name), 5000) == 0)
    let expected = FeaturesError.changed(path: folder.path(name))
    #expect(throws: expected) { try search.best(1, for: rows[3]) }
    #expect(throws: expected) { try DuplicateGroups(of: table.rows, threshold: 0.9, pool: pool) }
    #expect(throws: expected) { try table.rows.checkUnchanged() }
    #expect(table.rows[699].allSatisfy { $0.isNaN })
    #expect(Array(table.names) == names)
  }

  @Test("a file that is replaced by renaming another one keeps its rows")
  func replaced() throws {
    let folder = try TemporaryFolder()
    try Self.table().write(to: folder.path("x.npz"))
    let table = try FeatureTable(contentsOf: folder.path("x.npz"))
    // Tables are written under another name and renamed.
    let other = FeatureTable(source: "", names: ["new"], rows: FeatureMatrix([[1, 2]]))
    try other.write(to: folder.path("x.npz"))
    Self.check(table, Self.table())
    let best = try SimilaritySearch(table.rows, pool: ThreadPool(threads: 1))
      .best(1, for: Self.table().rows[0])
    #expect(best.map(\.row) == [0])
  }

  @Test("a header that claims more than the file holds is refused")
  func claims() throws {
    let folder = try TemporaryFolder()
    func npy(_ descr: String, _ shape: String, bytes: Int = 0) -> [UInt8] {
      var text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }"
      text += String(repeating: " ", count: 117 - text.utf8.count) + "\n"
      return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8)
        + Array(repeating: 0, count: bytes)
    }
    for (descr, shape, bytes) in [
      ("<f4", "(4611686018427387904, 4)", 0), ("<f4", "(1000000, 1280)", 64), ("<f4", "(4,)", 16),
      ("<f4", "(2, 2, 1)", 16), ("<f8", "(1, 2)", 16), ("<f4", "(4, 0)", 0), (">f4", "(1, 1)", 4),
    ] {
      try folder.write(npy(descr, shape, bytes: bytes), "x.npy")
      let error = #expect(throws: WeightsError.self) {
        try FeatureTable(contentsOf: folder.path("x.npy"))
      }
      #expect(error?.description.hasPrefix(folder.path("x.npy")) == true, "\(shape)")
    }
    try folder.write(npy("<f4", "(0, 4)"), "x.npy")
    #expect(try FeatureTable(contentsOf: folder.path("x.npy")).rows.count == 0)
  }

  @Test(
    "the error for an unknown row suggests rows with its words, or those of its file",
    arguments: [
      ("zebra", "did you mean 'zebra.jpg' or 'zoo/Zebra 1.jpg' or 'zoo/zebra 2.jpg'?"),
      ("./fish/CAT.jpg", "did you mean 'cat.jpg'?"),
      ("another/folder of photos/zebra 3.jpg", "did you mean 'zoo/zebra 3.jpg'?"),
      ("dog", "its rows are named by the paths of the photos"),
      ("", "its rows are named by the paths of the photos"),
    ])
  func suggestions(name: String, words: String) throws {
    let names = ["cat.jpg", "zoo/Zebra 1.jpg", "zoo/zebra 2.jpg", "zoo/zebra 3.jpg", "zebra.jpg"]
    let table = FeatureTable(
      source: "x.npz", names: names, rows: FeatureMatrix(names.map { _ in [1] }))
    #expect {
      try table.row(named: name)
    } throws: { error in
      "\(error)" == "x.npz has no row '\(name)'; \(words)"
    }
    #expect(try table.row(named: "zebra.jpg") == 4)
  }
}
