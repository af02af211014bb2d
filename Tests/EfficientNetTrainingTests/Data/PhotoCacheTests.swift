import EfficientNet
import EfficientNetImages
import Foundation
import Testing

@testable import EfficientNetTraining

/// The cache of decoded photos.
@Suite struct PhotoCacheTests {
  private let folder: TestFolder
  private let photos: [PhotoSource]

  init() throws {
    folder = try TestFolder()
    var tar = TestTar()
    var sources: [PhotoSource] = []
    for index in 0..<6 {
      let bytes = TestPhoto.png(width: 20 + index, height: 14, seed: index)
      if index % 2 == 0 {
        sources.append(.file(try folder.write("\(index).png", bytes)))
      } else {
        sources.append(
          .archived(
            archive: folder.path + "/a.tar", offset: tar.bytes.count + 512, count: bytes.count,
            name: "\(index).png"))
        tar.add("\(index).png", bytes)
      }
    }
    try folder.write("a.tar", tar.finished)
    photos = sources
  }

  private let small = PhotoForm.shrunk(side: 8)
  private let whole = PhotoForm.shrunk(side: 100)

  private func places() -> [PhotoCache.Place] { [.memory, .folder(folder.path + "/cache/deep")] }

  @Test func hitsEqualMisses() throws {
    for place in places() {
      for side in [7, 14, 100] {
        let cache = try PhotoCache(limit: 1 << 20, place: place)
        for photo in photos {
          let expected = try photo.decoded().shrunk(to: side)
          for _ in 0..<3 { #expect(try cache.photo(photo, as: .shrunk(side: side)) == expected) }
        }
        #expect(cache.statistics.misses == 6 && cache.statistics.hits == 12)
        #expect(cache.statistics.problem == nil && cache.statistics.bytes > 0)
      }
    }
  }

  @Test func photosAreShrunkInProportion() {
    let photo = PixelBuffer(width: 500, height: 375, repeating: 9)
    let shrunk = photo.shrunk(to: 256)
    #expect(shrunk.width == 341 && shrunk.height == 256)
    #expect(photo.shrunk(to: 375) == photo && photo.shrunk(to: 1000) == photo)
    let tall = PixelBuffer(width: 2, height: 5, repeating: 9).shrunk(to: 1)
    #expect(tall.width == 1 && tall.height == 3)
  }

  /// The narrowest crop of a square photo still has the network's number of pixels; a smaller side
  /// would have fewer.
  @Test(arguments: [Augmentation.finetune, .efficientnet])
  func photosKeepThePixelsOfCrops(augmentation: Augmentation) throws {
    let preprocessing = Preprocessing(
      resize: 256, crop: 224, interpolation: .bicubic, mean: [0, 0, 0], std: [1, 1, 1])
    let crop = try #require(augmentation.crop)
    let side = augmentation.photoSide(for: preprocessing)
    let pixels = Double(side * side) * crop.area.lowerBound
    #expect((pixels * crop.ratio.lowerBound).squareRoot() >= 224)
    #expect((pixels * crop.ratio.lowerBound).squareRoot() < 226)
    #expect(Augmentation().photoSide(for: preprocessing) == 256)
  }

  @Test func foldersLast() throws {
    let place = PhotoCache.Place.folder(folder.path + "/cache")
    let first = try PhotoCache(limit: 1 << 20, place: place)
    for photo in photos { _ = try first.photo(photo, as: small) }
    let second = try PhotoCache(limit: 1 << 20, place: place)
    #expect(second.statistics.bytes == first.statistics.bytes)
    for photo in photos { _ = try second.photo(photo, as: small) }
    #expect(second.statistics.hits == 6)
  }

  /// Another side or another crop is another entry.
  @Test func formsAreKeptApart() throws {
    let preprocessing = Preprocessing(
      resize: 9, crop: 8, interpolation: .bicubic, mean: [1, 2, 3], std: [4, 5, 6])
    var (squashed, colder, bilinear) = (preprocessing, preprocessing, preprocessing)
    squashed.squash = true
    colder.mean = [0, 0, 0]
    bilinear.interpolation = .bilinear
    let forms: [PhotoForm] = [
      small, .shrunk(side: 9), .shrunk(side: .max), .picture(preprocessing), .picture(squashed),
      .picture(bilinear),
    ]
    for place in places() {
      let cache = try PhotoCache(limit: 1 << 20, place: place)
      for _ in 0..<2 {
        for form in forms {
          #expect(try cache.photo(photos[1], as: form) == form.applied(to: photos[1].decoded()))
        }
      }
      #expect(cache.statistics.misses == 6 && cache.statistics.hits == 6)
      // Steps after the pixels do not matter.
      _ = try cache.photo(photos[1], as: .picture(colder))
      #expect(cache.statistics.hits == 7)
    }
  }

  /// A copy may have the size and the time of the file that it replaces.
  @Test func replacedFilesAreDecodedAgain() throws {
    for place in places() {
      let cache = try PhotoCache(limit: 1 << 20, place: place)
      let path = try folder.write("x.png", TestPhoto.png(seed: 1))
      let date = Date(timeIntervalSince1970: 1_000_000)
      func age() throws {
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
      }
      try age()
      _ = try cache.photo(.file(path), as: small)
      // Longer than one step of a file system's clock.
      usleep(50_000)
      try folder.write("x.png", TestPhoto.png(seed: 2))
      try age()
      #expect(try cache.photo(.file(path), as: small) == TestPhoto.pixels(seed: 2))
    }
  }

  @Test func changedFilesAreDecodedAgain() throws {
    for place in places() {
      let cache = try PhotoCache(limit: 1 << 20, place: place)
      let path = try folder.write("x.png", TestPhoto.png(width: 10, height: 10, seed: 1))
      _ = try cache.photo(.file(path), as: small)
      // First a larger file, then one of equal size with a later time.
      for (width, seed) in [(12, 2), (12, 3)] {
        try folder.write("x.png", TestPhoto.png(width: width, height: 10, seed: seed))
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: Double(1000 * seed))], ofItemAtPath: path)
        let expected = TestPhoto.pixels(width: width, height: 10, seed: seed).shrunk(to: 8)
        for _ in 0..<2 { #expect(try cache.photo(.file(path), as: small) == expected) }
      }
      #expect(cache.statistics.misses == 3 && cache.statistics.hits == 2)
    }
  }

  @Test func theLimitIsKept() throws {
    let size = try photos[0].decoded().bytes.count
    for place in places() {
      let cache = try PhotoCache(limit: 3 * size, place: place)
      for _ in 0..<2 {
        for photo in photos { #expect(try cache.photo(photo, as: whole) == photo.decoded()) }
      }
      #expect(cache.statistics.bytes <= 3 * size)
      #expect(cache.statistics.hits == 2 && cache.statistics.isFull)
    }
  }

  @Test func brokenPhotosAreErrors() throws {
    for place in places() {
      let cache = try PhotoCache(limit: 1 << 20, place: place)
      let path = try folder.write("broken.png", "no picture")
      for _ in 0..<2 {
        #expect(throws: ImageError.notAPicture(name: path)) {
          try cache.photo(.file(path), as: small)
        }
      }
      #expect(throws: ImageError.self) {
        try cache.photo(.file("/nowhere.png"), as: small)
      }
      #expect(cache.statistics.bytes == 0)
    }
  }

  private var files: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache")
        .map { "\(folder.path)/cache/\($0)" }
    }
  }

  /// A damaged file is a miss and is written again.
  @Test func damagedFilesAreMisses() throws {
    let place = PhotoCache.Place.folder(folder.path + "/cache")
    let expected = try photos[0].decoded().shrunk(to: 8)
    _ = try PhotoCache(limit: 1 << 20, place: place).photo(photos[0], as: small)
    let file = try #require(files.first)
    #expect(try files.count == 1)
    let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: file)))
    let cache = try PhotoCache(limit: 1 << 20, place: place)
    var damages = 0
    for index in 0..<whole.count {
      var bytes = whole
      bytes[index] ^= 0x10
      for damaged in index % 8 == 0 ? [bytes, Array(whole[..<index])] : [bytes] {
        try Data(damaged).write(to: URL(fileURLWithPath: file))
        #expect(try cache.photo(photos[0], as: small) == expected)
        damages += 1
      }
    }
    #expect(cache.statistics.misses == damages && cache.statistics.hits == 0)
    #expect(try cache.photo(photos[0], as: small) == expected)
    #expect(cache.statistics.hits == 1)
    #expect(try files == [file])
  }

  @Test func aFolderThatCannotBeWrittenIsReported() throws {
    let path = folder.path + "/cache"
    let cache = try PhotoCache(limit: 1 << 20, place: .folder(path))
    try FileManager.default.removeItem(atPath: path)
    for photo in photos {
      #expect(try cache.photo(photo, as: small) == photo.decoded().shrunk(to: 8))
    }
    #expect(cache.statistics.problem?.path.hasPrefix(path) == true)
    #expect(cache.statistics.bytes == 0 && cache.statistics.misses == 6)
    #expect(throws: FileError.self) {
      try PhotoCache(limit: 1, place: .folder("\(folder.path)/0.png/cache"))
    }
  }

  @Test func threadsMayShareIt() throws {
    let pool = ThreadPool(threads: 4)
    let expected = try photos.map { try $0.decoded().shrunk(to: 8) }
    for place in places() {
      let cache = try PhotoCache(limit: 1 << 20, place: place)
      pool.forEach(count: 300) { index in
        let photo = try? cache.photo(photos[index % 6], as: small)
        #expect(photo == expected[index % 6])
      }
      let statistics = cache.statistics
      #expect(statistics.hits + statistics.misses == 300 && statistics.hits > 200)
    }
  }
}
