import EfficientNet
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetFeatures

@Suite("Embedding")
struct EmbeddingTests {
  private struct Stop: Error {}

  private func features(threads: Int = 2, batch: Int? = 3) throws -> PhotoFeatures {
    PhotoFeatures(
      try FeatureExtractor(
        Formula.model(Architecture.tiny[0]), normalizes: true, pool: ThreadPool(threads: threads)),
      batch: batch)
  }

  @Test("each photo has a row, in order, for any threads and batch")
  func rows() throws {
    let folder = try TemporaryFolder()
    let photos = try folder.photos(7)
    var files: [[UInt8]] = []
    for (threads, batch) in [(1, 1), (2, 3), (3, 8), (2, nil)] as [(Int, Int?)] {
      let embedding = try Embedding(
        features(threads: threads, batch: batch), of: photos, to: folder.path("x.npz"))
      var order: [Int] = []
      let totals = try embedding.run { index, result in
        order.append(index)
        _ = try result.get()
      }
      #expect(order == Array(0..<7) && totals.photos == 7 && totals.failures == 0)
      #expect(try folder.names.contains("x.npz.partial"))
      try embedding.finish()
      #expect(try !folder.names.contains("x.npz.partial"))
      files.append(try folder.bytes("x.npz"))
    }
    #expect(files.allSatisfy { $0 == files[0] })
    let table = try FeatureTable(contentsOf: folder.path("x.npz"))
    #expect(Array(table.names) == photos.map(\.path))
    let extractor = try features().extractor
    for (index, photo) in photos.enumerated() {
      let features = try extractor.features(of: PixelBuffer(contentsOf: photo.path))
      #expect(table.rows[index] == features)
    }
    #expect(table.description == extractor.description)
  }

  @Test("a stopped run resumes and ends with identical bytes", arguments: 0..<7)
  func resume(stop: Int) throws {
    let folder = try TemporaryFolder()
    let photos = try folder.photos(7)
    let whole = try Embedding(features(), of: photos, to: folder.path("x.safetensors"))
    try whole.run { _, _ in }
    try whole.finish()
    let expected = try folder.bytes("x.safetensors")
    try folder.remove("x.safetensors")
    do {
      let first = try Embedding(features(), of: photos, to: folder.path("x.safetensors"))
      #expect(first.resumedRows == nil)
      #expect(throws: Stop.self) {
        try first.run { index, _ in if index == stop { throw Stop() } }
      }
      #expect(first.rows == stop + 1)
    }
    let second = try Embedding(features(), of: photos, to: folder.path("x.safetensors"))
    #expect(second.resumedRows == stop + 1)
    var made: [Int] = []
    try second.run { index, _ in made.append(index) }
    #expect(made == Array((stop + 1)..<7))
    try second.finish()
    #expect(try folder.bytes("x.safetensors") == expected)
  }

  @Test("a run that stops before its first row leaves no file")
  func stopped() throws {
    let folder = try TemporaryFolder()
    let photos = try folder.photos(2)
    try folder.write(Array("no picture".utf8), "photo 0.png")
    let embedding = try Embedding(features(batch: 1), of: photos, to: folder.path("x.npz"))
    #expect(throws: Stop.self) { try embedding.run { _, _ in throw Stop() } }
    #expect(try !folder.names.contains { $0.hasPrefix("x.npz") })
    // Rows of other photos are kept, but are not resumed.
    let other = try Embedding(features(), of: [photos[1]], to: folder.path("y.npz"))
    try other.run { _, _ in }
    withExtendedLifetime(other) {}
    let all = try folder.bytes("y.npz.partial")
    try folder.write(all, "z.npz.partial")
    let none = try Embedding(features(batch: 1), of: [photos[0]], to: folder.path("z.npz"))
    #expect(none.resumedRows == nil && none.otherRows == 1)
    #expect(throws: Stop.self) { try none.run { _, _ in throw Stop() } }
    #expect(try folder.bytes("z.npz.partial") == all)
  }

  @Test("a run makes damaged rows again")
  func damage() throws {
    let folder = try TemporaryFolder()
    let photos = try folder.photos(4)
    let output = folder.path("x.npz")
    let whole = try Embedding(features(), of: photos, to: output)
    try whole.run { _, _ in }
    let partial = try folder.bytes("x.npz.partial")
    try whole.finish()
    let expected = try folder.bytes("x.npz")
    let record = 16 + 4 * 50
    let rows = partial.count - 4 * record
    for cut in [rows + 1, rows + record - 1, rows + record, rows + 3 * record + 5] {
      try folder.write(Array(partial.prefix(cut)), "x.npz.partial")
      let again = try Embedding(features(), of: photos, to: output)
      let whole = (cut - rows) / record
      #expect(again.resumedRows == (whole == 0 ? nil : whole))
      try again.run { _, _ in }
      try again.finish()
      #expect(try folder.bytes("x.npz") == expected)
    }
    for place in [rows, rows + 100, rows + 2 * record + 9] {
      var damaged = partial
      damaged[place] ^= 4
      try folder.write(damaged, "x.npz.partial")
      let again = try Embedding(features(), of: photos, to: output)
      #expect(again.resumedRows == 3)
      try again.run { _, _ in }
      try again.finish()
      #expect(try folder.bytes("x.npz") == expected)
    }
  }

  @Test("rows belong to photos at any place of the list; other options need another file")
  func others() throws {
    let folder = try TemporaryFolder()
    let photos = try folder.photos(4)
    let output = folder.path("x.npz")
    func begin(_ features: PhotoFeatures, _ photos: [FoundPhoto]) throws -> Int? {
      let embedding = try Embedding(features, of: photos, to: output)
      defer { withExtendedLifetime(embedding) {} }
      let rows = embedding.resumedRows
      try embedding.run { _, _ in }
      return rows
    }
    #expect(try begin(features(), []) == nil)
    var sideways = try features()
    sideways.decoding.appliesOrientation = false
    // A file without rows may be replaced.
    #expect(try begin(sideways, []) == nil)
    #expect(try begin(features(), photos) == nil)
    #expect(try begin(features(), photos) == 4)
    #expect(try begin(features(), [photos[0], photos[2], photos[3]]) == 3)
    #expect(try begin(features(), photos.reversed()) == 4)
    try folder.write(picture(9).png(), "photo 2.png")
    #expect(try begin(features(), photos) == 3)
    let stage = PhotoFeatures(
      try FeatureExtractor(
        Formula.model(Architecture.tiny[0]), stage: "blocks.1", pool: ThreadPool(threads: 1)))
    for other in [sideways, stage] {
      #expect {
        try begin(other, photos)
      } throws: { error in
        "\(error)".contains("x.npz.partial has rows of another network or of other options")
      }
    }
    #expect(try begin(features(), photos) == 4)
    // Rows that a run does not need stay for another run.
    do {
      let subset = try Embedding(features(), of: [photos[1]], to: output)
      try subset.run { _, _ in }
      try subset.finish()
      #expect(try FeatureTable(contentsOf: output).names.count == 1 && subset.otherRows == 4)
    }
    #expect(try folder.names.contains("x.npz.partial"))
    let missing = PhotoFinder.photos(at: [folder.path("missing.png")])
    do {
      let none = try Embedding(features(), of: missing, to: output)
      try none.run { _, _ in }
      #expect(throws: FeaturesError.self) { try none.finish() }
    }
    #expect(try folder.names.contains("x.npz.partial"))
  }

  @Test("foreign files in place of the partial file, the names or the output are left alone")
  func inTheWay() throws {
    let folder = try TemporaryFolder()
    let photos = try folder.photos(1)
    let output = folder.path("x.npz")
    func begin(_ features: PhotoFeatures, _ photos: [FoundPhoto]) throws {
      _ = try Embedding(features, of: photos, to: output)
    }
    try folder.write(Array("notes".utf8), "x.npy.names.txt")
    #expect(throws: FeaturesError.self) {
      try Embedding(features(), of: photos, to: folder.path("x.npy"))
    }
    #expect(try folder.bytes("x.npy.names.txt") == Array("notes".utf8))
    #expect(throws: FileError.self) {
      try folder.make("y.npz")
      _ = try Embedding(features(), of: photos, to: folder.path("y.npz"))
    }
    try folder.write(Array("something else".utf8), "x.npz.partial")
    #expect(throws: FeaturesError.self) { try begin(features(), photos) }
    #expect(try folder.bytes("x.npz.partial") == Array("something else".utf8))
  }

  @Test("unreadable photos are left out")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    var photos = try folder.photos(5)
    try folder.write(Array("no picture".utf8), "photo 1.png")
    photos.append(contentsOf: PhotoFinder.photos(at: [folder.path("missing.png")]))
    let embedding = try Embedding(features(), of: photos, to: folder.path("x.npz"))
    var failed: [Int] = []
    try embedding.run { index, result in
      if case .failure = result { failed.append(index) }
    }
    #expect(failed == [1, 5] && embedding.rows == 4)
    try embedding.finish()
    let table = try FeatureTable(contentsOf: folder.path("x.npz"))
    #expect(Array(table.names) == [0, 2, 3, 4].map { photos[$0].path })
    let none = try Embedding(features(), of: [photos[1]], to: folder.path("y.npz"))
    try none.run { _, _ in }
    #expect(throws: FeaturesError.self) { try none.finish() }
    #expect(try !folder.names.contains("y.npz") && !folder.names.contains("y.npz.partial"))
  }

  @Test("a second run on the same output is refused")
  func lock() throws {
    let folder = try TemporaryFolder()
    let photos = try folder.photos(1)
    let first = try Embedding(features(), of: photos, to: folder.path("x.npz"))
    #expect(throws: FeaturesError.inUse(path: folder.path("x.npz.partial"))) {
      try Embedding(features(), of: photos, to: folder.path("x.npz"))
    }
    withExtendedLifetime(first) {}
  }
}
