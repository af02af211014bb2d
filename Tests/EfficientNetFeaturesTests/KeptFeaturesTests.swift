import EfficientNet
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetFeatures

@Suite("KeptFeatures")
struct KeptFeaturesTests {
  private let folder: TemporaryFolder
  private let cache: TemporaryFolder

  init() throws { (folder, cache) = (try TemporaryFolder(), try TemporaryFolder()) }

  private func features(
    _ resolution: Int? = nil, small: Int? = nil, name: String? = nil
  ) throws -> PhotoFeatures {
    var model = try Formula.model(Architecture.tiny[0])
    if let name { model.description.architecture.name = name }
    let pool = ThreadPool(threads: 2)
    func extractor(_ model: Model) throws -> FeatureExtractor {
      try FeatureExtractor(model, normalizes: true, pool: pool)
    }
    var result = PhotoFeatures(
      try extractor(resolution.map(model.withResolution) ?? model), batch: 3)
    result.smaller = try small.map { try extractor(model.withResolution($0)) }
    return result
  }

  /// The table of the folder's photos, with kept rows.
  private func table(_ features: PhotoFeatures) throws -> PhotoTable {
    let path = folder.url.path
    let kept = try KeptFeatures(features, of: [path], in: cache.path("features"))
    let table = try PhotoTable(
      of: PhotoFinder.photos(at: [path]), source: path, by: features, kept: kept
    ) { _, _, _, _ in }
    #expect(kept.problem == nil)
    return table
  }

  private func rows(_ table: PhotoTable) -> [[Float]] {
    table.table.rows.count == 0 ? [] : (0..<table.table.rows.count).map { table.table.rows[$0] }
  }

  @Test("only new and changed photos are computed again")
  func reuse() throws {
    let photos = try folder.photos(5)
    let first = try table(features())
    #expect(first.computed == 5 && first.reused == 0)
    #expect(Array(first.table.names) == photos.map(\.path))
    let again = try table(features())
    #expect(again.computed == 0 && again.reused == 5 && rows(again) == rows(first))
    try folder.write(picture(9).png(), "photo 2.png")
    try folder.write(picture(8).png(), "photo 7.png")
    try FileManager.default.removeItem(atPath: photos[0].path)
    let changed = try table(features())
    #expect(changed.computed == 2 && changed.reused == 3)
    #expect(Array(changed.table.names) == [1, 2, 3, 4, 7].map { folder.path("photo \($0).png") })
    let extractor = try features().extractor
    #expect(try rows(changed)[1] == extractor.features(of: picture(9)))
    #expect(rows(changed)[2] == rows(first)[3])
    // Another resolution has a file of its own.
    #expect(try table(features(45)).reused == 0 && table(features()).reused == 5)
    #expect(try FileManager.default.contentsOfDirectory(atPath: cache.path("features")).count == 2)
  }

  @Test("the name of the network does not count, but its weights do")
  func weights() throws {
    _ = try folder.photos(3)
    #expect(try table(features()).computed == 3)
    #expect(try table(features(name: "tiny-other")).reused == 3)
    #expect(try FileManager.default.contentsOfDirectory(atPath: cache.path("features")).count == 1)
    var model = try Formula.model(Architecture.tiny[0])
    let name = try #require(model.weights.names.first { !$0.hasPrefix("classifier.") })
    let tensor = try #require(model.weights.tensors[name])
    model.weights.tensors[name] = WeightTensor(
      shape: tensor.shape, elements: tensor.elements.map { $0 + 1 })
    let extractor = try FeatureExtractor(model, normalizes: true, pool: ThreadPool(threads: 1))
    #expect(try table(PhotoFeatures(extractor)).computed == 3)
  }

  @Test("each photo has rows at two resolutions, and lacks both if it cannot be read")
  func twoResolutions() throws {
    _ = try folder.photos(4)
    try folder.write(Array("no picture".utf8), "photo 1.png")
    // The rows at the first resolution are there already.
    #expect(try table(features(66)).computed == 3)
    for reused in [0, 3] {
      let found = try table(features(66, small: 33))
      #expect(found.reused == reused && found.computed == 3 - reused)
      let small = try #require(found.small)
      #expect(small.count == 3 && found.table.names.count == 3)
      let (large, own) = (try features(66).extractor, try features().extractor)
      for (index, number) in [0, 2, 3].enumerated() {
        #expect(try found.table.rows[index] == large.features(of: picture(number)))
        #expect(try small[index] == own.features(of: picture(number)))
      }
    }
  }

  @Test("rows of other photos are removed once they are the most")
  func compaction() throws {
    let photos = try folder.photos(7)
    let first = try table(features())
    let file = try #require(
      FileManager.default.contentsOfDirectory(atPath: cache.path("features")).first)
    let full = try cache.bytes("features/\(file)").count
    for photo in photos.prefix(4) { try FileManager.default.removeItem(atPath: photo.path) }
    let last = try table(features())
    #expect(last.reused == 3 && rows(last) == Array(rows(first).suffix(3)))
    let record = 16 + 4 * 50
    #expect(try cache.bytes("features/\(file)").count == full - 4 * record)
    let again = try table(features())
    #expect(again.reused == 3 && rows(again) == rows(last))
  }

  @Test("a file that no run has opened for 90 days is removed")
  func unused() throws {
    _ = try folder.photos(2)
    _ = try table(features())
    let used = try #require(
      FileManager.default.contentsOfDirectory(atPath: cache.path("features")).first)
    for (name, days) in [
      (used, 100.0), ("1f0.rows", 90), ("1f1.rows", 89), ("mine.rows", 91), ("1f0.txt", 91),
    ] {
      let path = cache.path("features/\(name)")
      if name != used { try cache.write([1], "features/\(name)") }
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -86_400 * days - 60)], ofItemAtPath: path)
    }
    // Opening the file counts as a use.
    #expect(try table(features()).reused == 2)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: cache.path("features")).sorted()
        == [used, "1f1.rows", "mine.rows", "1f0.txt"].sorted())
    #expect(try table(features()).reused == 2)
  }

  @Test("a file with a damaged beginning is replaced")
  func damagedHeader() throws {
    _ = try folder.photos(3)
    let first = try table(features())
    let file = try #require(
      FileManager.default.contentsOfDirectory(atPath: cache.path("features")).first)
    for place in [0, 9, 20] {
      var bytes = try cache.bytes("features/\(file)")
      bytes[place] ^= 1
      try cache.write(bytes, "features/\(file)")
      let again = try table(features())
      #expect(again.computed == 3 && rows(again) == rows(first), "\(place)")
      #expect(try table(features()).reused == 3)
    }
  }

  @Test("a photo that comes to a path by renaming its folder has no row of the former photo")
  func renamedFolders() throws {
    let paths = ["a", "b"].map { folder.path("\($0)/photo.png") }
    for path in paths {
      try FileManager.default.createDirectory(
        atPath: String(path.dropLast(10)), withIntermediateDirectories: false)
    }
    // Times of new files have steps of some milliseconds, so these two soon have the same ones.
    var haveSameTimes = false
    for _ in 0..<1000 where !haveSameTimes {
      for path in paths {
        unlink(path)
        close(creat(path, 0o644))
      }
      haveSameTimes = FileStatus(paths[0])?.stamp == FileStatus(paths[1])?.stamp
    }
    try #require(haveSameTimes)
    let former = PartialFeatures.identity(ofPhotoAt: paths[0])
    #expect(former == PartialFeatures.identity(ofPhotoAt: paths[0]))
    // Photos on standard input have the same path.
    #expect(
      PartialFeatures.identity(ofPhotoAt: "-", bytes: [1])
        != PartialFeatures.identity(ofPhotoAt: "-", bytes: [2]))
    for (old, new) in [("a", "c"), ("b", "a")] {
      try folder.move(old, to: new)
    }
    #expect(former != PartialFeatures.identity(ofPhotoAt: paths[0]))
  }

  @Test("two runs do not share a file, and a folder that cannot be made is an error")
  func errors() throws {
    let photos = try folder.photos(1)
    let path = folder.url.path
    let first = try KeptFeatures(features(), of: [path], in: cache.path("features"))
    #expect(throws: FeaturesError.self) {
      try KeptFeatures(features(), of: [path], in: cache.path("features"))
    }
    #expect(throws: FileError.self) {
      try KeptFeatures(features(), of: [path], in: photos[0].path)
    }
    withExtendedLifetime(first) {}
  }
}
