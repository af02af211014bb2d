import EfficientNet
import Testing

@testable import EfficientNetTraining

/// Photos with identical bytes in the split.
@Suite struct PhotoCopiesTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  /// Writes `count` photos of each class, and every second one again as "N copy.png".
  private func writePhotos(_ count: Int, of classes: [String] = ["cat", "dog"]) throws {
    for (label, name) in classes.enumerated() {
      for number in 0..<count {
        let bytes = TestPhoto.png(seed: 1000 * label + number)
        try folder.write("\(name)/\(number).png", bytes)
        if number % 2 == 0 { try folder.write("\(name)/\(number) copy.png", bytes) }
      }
    }
  }

  private func split(_ name: String = "", share: Double = 0.3, seed: UInt64 = 1) throws -> DataSplit
  {
    try DataSplit(path: folder.path + name, validation: share, seed: seed)
  }

  @Test func originalsAreFoundAmongFewPhotosOnly() throws {
    try writePhotos(2, of: ["cat"])
    func photo(_ name: String) -> PhotoSource { .file("\(folder.path)/cat/\(name).png") }
    let (photos, known) = ([photo("1 copy"), photo("0 copy")], [photo("1"), photo("0")])
    #expect(PhotoCopies.originals(of: photos, among: known) == [nil, 1])
    // None means that none were looked for.
    #expect(PhotoCopies.originals(of: photos, among: known, mostCompared: 1) == nil)
  }

  @Test(arguments: [0.05, 0.2, 0.5, 0.9] as [Double])
  func copiesStayInOnePart(share: Double) throws {
    try writePhotos(8)
    for seed in 0..<5 as Range<UInt64> {
      let data = try split(share: share, seed: seed)
      let training = Set(data.training.samples.map(\.photo.path))
      #expect(data.training.samples.count + data.validation.samples.count == 24)
      #expect(!data.training.photosPerClass.contains(0))
      for (label, validating) in data.validation.photosPerClass.enumerated() {
        // A pair is not split for the last place of the share.
        let wanted = Int((12 * share).rounded())
        #expect((max(1, wanted - 1)...max(2, wanted)).contains(validating), "\(label) \(seed)")
      }
      for number in stride(from: 0, to: 8, by: 2) {
        for name in ["cat", "dog"] {
          let photo = "\(folder.path)/\(name)/\(number)"
          #expect(training.contains("\(photo).png") == training.contains("\(photo) copy.png"))
        }
      }
      #expect(try split(share: share, seed: seed).fingerprint == data.fingerprint)
      #expect(
        data.notes == [
          "8 photos with the same bytes as another one of the class, such as '\(folder.path)/cat/0 "
            + "copy.png' and '\(folder.path)/cat/0.png'; copies stay in one part, and each of them "
            + "counts; 'effnet duplicates' lists such photos"
        ])
    }
  }

  /// Photos of equal size whose middles are equal, too, are no copies if a byte differs.
  @Test func photosThatDifferAreSplitAsBefore() throws {
    var listing = PhotoListing(path: "nowhere")
    for name in ["cat", "dog"] {
      for number in 0..<40 {
        var bytes = [UInt8](repeating: name == "cat" ? 100 : 101, count: 5000)
        bytes[number % 2 == 0 ? 0 : 4999] = UInt8(number)
        try folder.write("\(name)/\(number).png", bytes)
        try listing.add(
          .file("nowhere/\(number)"), name: "\(name)/\(number).png", label: name, part: nil)
      }
    }
    let data = try split(share: 0.2, seed: 5)
    #expect(data.notes.isEmpty)
    // Photos that do not exist have no copies.
    let missing = try DataSplit(listing, share: 0.2, seed: 5, limit: nil)
    func names(_ data: DataSplit) -> Set<String> {
      Set(
        data.validation.samples.map { "\($0.label) \($0.photo.path.split(separator: "/").last!)" })
    }
    #expect(names(data).count == 16)
    #expect(
      names(data) == Set(names(missing).map { $0 + ".png" }))
  }

  @Test func copiesInTwoClassesAreNoted() throws {
    try folder.photos((0..<6).flatMap { ["cat/\($0).png", "dog/\($0).png"] })
    for number in 7...8 {
      for name in ["cat", "dog"] {
        try folder.write("\(name)/\(number).png", TestPhoto.png(seed: 50 + number))
      }
    }
    let notes = try split().notes
    #expect(
      notes == [
        "2 photos in several classes with the same bytes, such as '\(folder.path)/cat/7.png' and "
          + "'\(folder.path)/dog/7.png'; keep each in one class; 'effnet duplicates' lists such "
          + "photos"
      ])
    #expect(try split(share: 0).notes.isEmpty)
  }

  /// In large data, a photo is opened only if another one of its class has the same size.
  @Test func classesOfLargeDataAreNotCompared() throws {
    try writePhotos(4)
    for name in ["cat", "dog"] { try folder.write("\(name)/both.png", TestPhoto.png(seed: 9)) }
    let listing = try PhotoListing(contentsOf: folder.path)
    let photos = Array(listing.entries.indices)
    func names(mostOfAllClasses: Int) -> [[String]] {
      let copies = PhotoCopies(listing, among: photos, mostOfAllClasses: mostOfAllClasses)
      return copies.sets.map { set in
        set.map { listing.entries[$0].source.path.replacing("\(folder.path)/", with: "") }.sorted()
      }.sorted { $0[0] < $1[0] }
    }
    let ofOneClass = ["cat", "dog"].flatMap { name in
      [0, 2].map { ["\(name)/\($0) copy.png", "\(name)/\($0).png"] }
    }
    #expect(photos.count == 14 && names(mostOfAllClasses: 13) == ofOneClass)
    #expect(
      names(mostOfAllClasses: 14)
        == (ofOneClass + [["cat/both.png", "dog/both.png"]]).sorted { $0[0] < $1[0] })
  }

  /// Copies that a limit leaves out are not counted.
  @Test func copiesUnderALimitAreNoted() throws {
    for number in 0..<3 {
      for name in ["cat", "dog"] {
        try folder.write(
          "train/\(name)/\(number).png", TestPhoto.png(seed: name == "cat" ? 11 : 12))
      }
    }
    try folder.photos(["val/cat/x.png", "val/dog/y.png"])
    let data = try DataSplit(path: folder.path, validation: 0.2, seed: 1, trainingLimit: 2)
    #expect(data.training.samples.count == 2 && data.validation.samples.count == 2)
    #expect(data.notes.isEmpty, "\(data.notes)")
  }

  @Test func copiesInGivenPartsAreNoted() throws {
    try folder.photos((0..<4).flatMap { ["train/cat/\($0).png", "train/dog/\($0).png"] })
    try folder.photos(["val/cat/x.png"])
    try folder.write("val/dog/y.png", TestPhoto.png(seed: 99))
    let data = try split()
    #expect(data.validation.samples.count == 2)
    #expect(
      data.notes == [
        "1 photo to validate on with the same bytes as a training photo, such as "
          + "'\(folder.path)/val/cat/x.png' and '\(folder.path)/train/cat/0.png'; so the result is "
          + "too good; 'effnet duplicates' lists such photos"
      ])
  }

  @Test func copiesInArchivesStayInOnePart() throws {
    let files = (0..<12).flatMap { number in
      ["cat", "dog"].map { ("\($0)/\(number).png", TestPhoto.png(seed: number / 2)) }
    }
    try folder.write("photos.tar", TestTar(files).finished)
    let data = try split("/photos.tar")
    let training = Set(data.training.samples.map { $0.photo.path.split(separator: ":").last! })
    for number in stride(from: 0, to: 12, by: 2) {
      #expect(
        training.contains("cat/\(number).png") == training.contains("cat/\(number + 1).png"))
    }
    #expect(data.validation.photosPerClass == [4, 4])
    #expect(data.notes.count == 2 && !data.notes.contains { $0.contains("effnet duplicates") })
    #expect(data.notes.first?.hasPrefix("6 photos in several classes with the same bytes") == true)
  }

  @Test func copiesOfOnePhotoAreTrainedOn() throws {
    for number in 0..<3 { try folder.write("cat/\(number).png", TestPhoto.png(seed: 1)) }
    try folder.write("dog/0.png", TestPhoto.png(seed: 2))
    let error = dataError { () throws(DataError) in
      try DataSplit(path: folder.path, validation: 0.3, seed: 1)
    }
    #expect(
      error?.description.contains("a single photo of each class, apart from copies, so none")
        == true)
    try folder.write("dog/1.png", TestPhoto.png(seed: 3))
    let data = try split()
    #expect(data.training.photosPerClass == [3, 1] && data.validation.photosPerClass == [0, 1])
    #expect(
      data.notes.first
        == "a class with copies of a single photo, which are used for training: 'cat'")
  }

  /// Earlier versions split copies; their runs keep their photos.
  @Test func runsOfEarlierVersionsKeepTheirParts() throws {
    try writePhotos(8)
    let old = try DataSplit(
      PhotoListing(contentsOf: folder.path), share: 0.3, seed: 1, limit: nil, separatesCopies: true)
    #expect(old.notes.first?.contains("to validate on with the same bytes as a training") == true)
    #expect(try split().fingerprint != old.fingerprint)
    for data in [old, try split()] {
      let configuration = RunConfiguration(
        data: folder.path, validationShare: 0.3, dataFingerprint: data.fingerprint,
        model: SampleReports.model(data.training.classes), seed: 1, recipe: .finetune)
      #expect(try configuration.photos().validation.samples == data.validation.samples)
    }
  }

  /// Earlier versions held out a copy of the only photo of a class, which is an error now.
  @Test func runsOfEarlierVersionsThatHoldOutACopyResume() throws {
    for name in ["cat", "dog"] {
      for number in 0..<2 { try folder.write("\(name)/\(number).png", TestPhoto.png(seed: 1)) }
    }
    let old = try DataSplit(
      PhotoListing(contentsOf: folder.path), share: 0.3, seed: 1, limit: nil, separatesCopies: true)
    func configuration(_ fingerprint: UInt64) -> RunConfiguration {
      RunConfiguration(
        data: folder.path, validationShare: 0.3, dataFingerprint: fingerprint,
        model: SampleReports.model(old.training.classes), seed: 1, recipe: .finetune)
    }
    #expect(
      try configuration(old.fingerprint).photos().validation.samples == old.validation.samples)
    #expect(old.validation.samples.count == 2)
    let error = #expect(throws: DataError.self) {
      try configuration(old.fingerprint + 1).photos()
    }
    #expect(error?.description.contains("a single photo of each class, apart from copies") == true)
  }
}
