import EfficientNet
import Testing

@testable import EfficientNetTraining

/// The split of photos for training and validation.
@Suite struct DataSplitTests {
  /// A listing of photos that need not exist, from the class and the part of each.
  private func listing(_ counts: [(String, Int, Part?)], from: String = "set") throws(DataError)
    -> PhotoListing
  {
    var listing = PhotoListing(path: "set")
    for (label, count, part) in counts {
      for index in 0..<count {
        let name = "\(label)/\(part == nil ? "" : "\(part!)")\(index).jpg"
        try listing.add(.file("\(from)/\(name)"), name: name, label: label, part: part)
      }
    }
    return listing
  }

  private func split(
    _ counts: [(String, Int, Part?)], share: Double = 0.2, seed: UInt64 = 1, limit: Int? = nil
  ) throws(DataError) -> DataSplit {
    try DataSplit(listing(counts), share: share, seed: seed, limit: limit)
  }

  @Test(arguments: [0.01, 0.2, 0.5, 0.99] as [Double])
  func everyClassIsSplit(share: Double) throws {
    let sizes = [1, 2, 3, 7, 100, 1000]
    let data = try split(
      sizes.enumerated().map { ("c\($0)", $1, nil) }, share: share)
    for (label, size) in sizes.enumerated() {
      let validating = data.validation.photosPerClass[label]
      #expect(data.training.photosPerClass[label] + validating == size)
      let expected = min(max(Int((Double(size) * share).rounded()), 1), size - 1)
      #expect(validating == expected)
    }
    let photos = (data.training.samples + data.validation.samples).map(\.photo)
    #expect(Set(photos).count == sizes.reduce(0, +))
    #expect(data.notes == ["a class with a single photo, which is used for training: 'c0'"])
  }

  @Test func theSeedDecides() throws {
    let counts: [(String, Int, Part?)] = [("a", 50, nil), ("b", 50, nil)]
    let first = try split(counts)
    #expect(try split(counts).validation.samples == first.validation.samples)
    #expect(try split(counts, seed: 2).validation.samples != first.validation.samples)
    #expect(try split(counts, seed: 2).fingerprint != first.fingerprint)
    // Another folder and another order of the photos change nothing.
    let moved = try DataSplit(
      listing(counts.reversed(), from: "elsewhere"), share: 0.2, seed: 1, limit: nil)
    #expect(Set(moved.validation.names) == Set(first.validation.names))
  }

  /// Added photos move few of the others.
  @Test func addedPhotosMoveFew() throws {
    let before = try split([("a", 200, nil), ("b", 50, nil)])
    let after = try split([("a", 220, nil), ("b", 50, nil), ("c", 50, nil)])
    func photos(_ data: DataSplit) -> Set<PhotoSource> { Set(data.validation.samples.map(\.photo)) }
    #expect(photos(before).subtracting(photos(after)).count <= 6)
  }

  @Test func givenPartsAreKept() throws {
    let data = try split([
      ("cat", 3, .training), ("dog", 2, .training), ("cat", 1, .validation),
      ("cow", 4, .validation),
      ("dog", 5, .test),
    ])
    #expect(data.training.photosPerClass == [3, 2])
    #expect(data.validation.photosPerClass == [1, 0])
    #expect(
      data.notes == [
        "5 photos left out (for tests)",
        "4 validation photos left out (no training photos of their classes): 'cow'",
        "a class without validation photos: 'dog'",
      ])
  }

  @Test func trainingAloneIsSplit() throws {
    let data = try split([("cat", 10, .training), ("dog", 10, .training), ("dog", 5, .test)])
    #expect(data.validation.photosPerClass == [2, 2])
  }

  @Test func noShareNoValidation() throws {
    let data = try split([("cat", 1, nil), ("dog", 10, nil)], share: 0)
    #expect(data.validation.samples.isEmpty && data.training.samples.count == 11)
    #expect(data.notes.isEmpty)
  }

  @Test func unusableDataIsAnError() throws {
    func error(_ counts: [(String, Int, Part?)], share: Double = 0.2) -> DataError? {
      dataError { () throws(DataError) in try split(counts, share: share) }
    }
    #expect(error([("cat", 9, nil)]) == .oneClass(path: "set", name: "cat"))
    #expect(error([]) == .noPhotos(path: "set"))
    #expect(
      error([("cat", 9, .validation)])
        == .unsupported(
          path: "set",
          reason: "has only photos for validation or tests; put training photos into train/"))
    #expect(
      error([("cat", 1, nil), ("dog", 1, nil)])
        == .unsupported(
          path: "set",
          reason:
            "has a single photo of each class, so none can be held out; add photos, or hold out none"
        ))
    #expect(
      error([("cat", 2, .training), ("dog", 1, .training), ("Cat", 1, .validation)])
        == .noCommonClass(path: "set", validation: "Cat", training: "cat"))
    for share in [-0.1, 1, 1.5, .nan, .infinity] {
      let error = dataError { () throws(DataError) in
        try DataSplit(path: "/nowhere", validation: share, seed: 1)
      }
      #expect(error?.description.hasPrefix("the validation share is ") == true)
    }
  }

  @Test(arguments: [6, 7, 50, 333, 1109, 1110, 5000])
  func limitsKeepProportions(limit: Int) throws {
    let sizes = [10, 100, 1000]
    let data = try split(sizes.enumerated().map { ("c\($0)", $1, nil) }, limit: limit)
    let counts = zip(data.training.photosPerClass, data.validation.photosPerClass).map { $0 + $1 }
    #expect(counts.reduce(0, +) == min(limit, 1110))
    for (count, size) in zip(counts, sizes) {
      #expect(abs(Double(count) - Double(size * min(limit, 1110)) / 1110) <= 4)
    }
    #expect(!data.validation.photosPerClass.contains(0))
  }

  @Test func limitsOfGivenParts() throws {
    let counts: [(String, Int, Part?)] = [
      ("a", 80, .training), ("b", 80, .training), ("a", 20, .validation), ("b", 20, .validation),
    ]
    let data = try split(counts, limit: 20)
    #expect(data.training.photosPerClass == [8, 8] && data.validation.photosPerClass == [2, 2])
    for limit in [-1, 0, 3] {
      let error = dataError { () throws(DataError) in try split(counts, limit: limit) }
      #expect(error == .limit(limit, classes: 2, needed: 4))
    }
  }

  @Test func classesAreSorted() throws {
    let names = try split([
      ("b", 2, nil), ("B", 2, nil), ("a b", 2, nil), ("10", 2, nil), ("9", 2, nil), ("é", 2, nil),
    ])
    #expect(names.training.classes.map(\.name) == ["10", "9", "B", "a b", "b", "é"])
    var numbered = try listing([("10", 2, nil), ("9", 2, nil)])
    numbered.labelsAreNumbers = true
    let data = try DataSplit(numbered, share: 0.5, seed: 1, limit: nil)
    #expect(data.training.classes.map(\.name) == ["9", "10"])
  }

  /// Labels in composed and decomposed Unicode are one class: macOS writes one form, other systems
  /// the other.
  @Test func unicodeFormsAreOneClass() throws {
    let data = try split([
      ("caf\u{E9}", 2, .training), ("tea", 2, .training), ("cafe\u{301}", 2, .validation),
      ("tea", 1, .validation),
    ])
    #expect(data.validation.photosPerClass == [2, 1])
  }

  @Test func imageNetFolders() throws {
    let data = try split([("n01443537", 2, nil), ("n01440764", 2, nil), ("n99999999", 2, nil)])
    #expect(
      data.training.classes == [
        ClassLabel(name: "tench", wnid: "n01440764"),
        ClassLabel(name: "goldfish", wnid: "n01443537"),
        ClassLabel(name: "n99999999", wnid: "n99999999"),
      ])
  }

  @Test func tenThousandClasses() throws {
    let data = try split((0..<10_000).map { ("class \($0)", 3, nil) })
    #expect(data.training.classes.count == 10_000)
    #expect(data.training.samples.count == 20_000 && data.validation.samples.count == 10_000)
  }

  @Test func ordersAreShuffles() throws {
    let data = try split([("a", 50, nil), ("b", 50, nil)], share: 0).training
    let first = data.order(epoch: 0, seed: 1)
    #expect(first.sorted() == Array(0..<100))
    #expect(first == data.order(epoch: 0, seed: 1))
    #expect(first != data.order(epoch: 1, seed: 1) && first != data.order(epoch: 0, seed: 2))
    #expect(Dataset(classes: [], samples: []).order(epoch: 0, seed: 1).isEmpty)
  }

  /// Every photo is equally frequent at every place.
  @Test func ordersAreEven() throws {
    let data = try split([("a", 2, nil), ("b", 2, nil)], share: 0).training
    var counts = [[Int]](repeating: [0, 0, 0, 0], count: 4)
    for epoch in 0..<4000 {
      for (place, sample) in data.order(epoch: epoch, seed: 3).enumerated() {
        counts[place][sample] += 1
      }
    }
    // Six standard deviations of a binomial distribution: √(4000 · ¼ · ¾) = 27.
    for count in counts.joined() { #expect(abs(count - 1000) < 6 * 28) }
  }

  @Test func fingerprintsTellDataApart() throws {
    let counts: [(String, Int, Part?)] = [("a", 5, nil), ("b", 5, nil)]
    let data = try split(counts)
    #expect(try split(counts).fingerprint == data.fingerprint)
    #expect(try split([("a", 5, nil), ("b", 4, nil)]).fingerprint != data.fingerprint)
    #expect(try split([("a", 5, nil), ("c", 5, nil)]).fingerprint != data.fingerprint)
    #expect(try split([("a", 4, nil), ("b", 6, nil)]).fingerprint != data.fingerprint)
    // The folder does not matter.
    let moved = try DataSplit(listing(counts, from: "elsewhere"), share: 0.2, seed: 1, limit: nil)
    #expect(moved.fingerprint == data.fingerprint)
  }

  @Test func aLimitOfValidationTakesEveryClass() throws {
    let data = try DataSplit(
      listing([("a", 50, nil), ("b", 100, nil)]), share: 0.2, seed: 1, limit: nil,
      validationLimit: 6)
    #expect(data.validation.photosPerClass == [2, 4])
    #expect(data.training.samples.count == 120)
    let all = try split([("a", 50, nil), ("b", 100, nil)])
    #expect(data.fingerprint == all.fingerprint)
  }

  @Test func aLimitOfTrainingKeepsTheValidation() throws {
    for part in [nil, Part.training] {
      var counts: [(String, Int, Part?)] = [("a", 50, part), ("b", 100, part)]
      if part != nil { counts += [("a", 10, .validation), ("b", 20, .validation)] }
      let all = try split(counts)
      let data = try DataSplit(
        listing(counts), share: 0.2, seed: 1, limit: nil, trainingLimit: 6)
      #expect(data.training.photosPerClass == [2, 4])
      #expect(Set(data.training.names).isSubset(of: all.training.names))
      #expect(data.validation.names == all.validation.names)
      #expect(data.fingerprint != all.fingerprint)
    }
    let error = dataError { () throws(DataError) in
      try DataSplit(
        listing([("a", 9, nil), ("b", 9, nil)]), share: 0.2, seed: 1, limit: nil, trainingLimit: 1)
    }
    #expect(error == .limit(1, classes: 2, needed: 2))
  }
}
