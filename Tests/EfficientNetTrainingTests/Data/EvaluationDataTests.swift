import EfficientNet
import Testing

@testable import EfficientNetTraining

/// Photos for a network with given classes.
@Suite struct EvaluationDataTests {
  private let folder: TestFolder
  init() throws { folder = try TestFolder() }

  @Test func identifiersOfWordNetAreClasses() throws {
    try folder.photos(["n01443537/a.png", "n01440764/b.png", "goldfish/c.png", "n99999999/d.png"])
    let data = try EvaluationData(path: folder.path, classes: ClassLabel.imageNet)
    #expect(data.photos.samples.map(\.label).sorted() == [0, 1, 1])
    #expect(data.photos.classes.count == 1000)
    #expect(
      data.notes == ["1 photo left out (the network does not know their classes): 'n99999999'"])
    // A network that has only the names.
    let named = try EvaluationData(
      path: folder.path, classes: [ClassLabel(name: "goldfish"), ClassLabel(name: "tench")])
    #expect(named.photos.samples.map(\.label).sorted() == [0, 0, 1])
  }

  @Test func numbersInTablesAreClasses() throws {
    try folder.photos(["x/a.png", "x/b.png"])
    try folder.write("numbers.csv", "path,label\nx/a.png,281\nx/b.png,207\n")
    let data = try EvaluationData(
      path: "\(folder.path)/numbers.csv", classes: ClassLabel.imageNet)
    #expect(data.photos.samples.map(\.label) == [281, 207])
    #expect(
      data.notes == [
        "the labels are read as indices of the network's classes, from 0: 207 is 'golden retriever'"
      ])
    // Numbers beside names are not indices.
    try folder.write("mixed.csv", "path,label\nx/a.png,281\nx/b.png,tench\n")
    let mixed = try EvaluationData(path: "\(folder.path)/mixed.csv", classes: ClassLabel.imageNet)
    #expect(mixed.photos.samples.map(\.label) == [0])
  }

  /// The classes of a network that was trained on folders named 1, 2 and 3.
  private let numbered = ["1", "2", "3"].map { ClassLabel(name: $0) }

  @Test func numbersAreEitherNamesOrIndices() throws {
    try folder.photos(["0/a.png", "1/a.png", "2/a.png", "3/a.png"])
    let data = try EvaluationData(path: folder.path, classes: numbered)
    #expect(data.photos.samples.map(\.label) == [0, 1, 2])
    #expect(data.notes == ["1 photo left out (the network does not know their classes): '0'"])
    for label in ["01", "0", "10"] {
      try folder.write("t.csv", "path,label\n1/a.png,\(label)\n")
      let error = dataError { () throws(DataError) in
        try EvaluationData(path: "\(folder.path)/t.csv", classes: numbered)
      }
      #expect(
        error
          == .unknownClasses(path: "\(folder.path)/t.csv", name: label, known: ["1", "2", "3"]))
    }
  }

  /// WebDataset's labels are numbers, with and without leading zeros.
  @Test func numbersOfArchivesAreNamesOfNumberedClasses() throws {
    let photo = TestPhoto.png(seed: 1)
    let files = (0...3).flatMap { [("\($0).png", photo), ("\($0).cls", Array("0\($0)".utf8))] }
    let path = try folder.write("a.tar", TestTar(files).finished)
    #expect(
      try EvaluationData(path: path, classes: numbered).photos.samples.map(\.label) == [0, 1, 2])
    let padded = ["01", "02", "03"].map { ClassLabel(name: $0) }
    #expect(
      try EvaluationData(path: path, classes: padded).photos.samples.map(\.label) == [0, 1, 2])
  }

  /// A folder that was copied from macOS.
  @Test func unicodeFormsOfANameAreEqual() throws {
    try folder.photos(["e\u{301}/a.png", "x/b.png"])
    let classes = ["a", "\u{E9}", "x"].map { ClassLabel(name: $0) }
    let data = try EvaluationData(path: folder.path, classes: classes)
    #expect(data.photos.samples.map(\.label) == [1, 2])
    // If two classes differ only in their Unicode form, the one with the same bytes is meant.
    let both = ["e\u{301}", "\u{E9}", "x"].map { ClassLabel(name: $0) }
    #expect(
      try EvaluationData(path: folder.path, classes: both).photos.samples.map(\.label) == [0, 2])
  }

  /// ImageNet has two classes named crane, a bird and a machine.
  @Test func ambiguousNamesAreLeftOut() throws {
    try folder.photos(["crane/a.png", "tench/b.png"])
    let data = try EvaluationData(path: folder.path, classes: ClassLabel.imageNet)
    #expect(data.photos.samples.count == 1)
    #expect(data.notes.count == 1 && data.notes[0].contains("'crane'"))
  }

  @Test func validationPhotosAreTaken() throws {
    try folder.photos([
      "train/a/1.png", "train/b/1.png", "val/a/2.png", "test/b/3.png",
    ])
    let classes = [ClassLabel(name: "a"), ClassLabel(name: "b")]
    let data = try EvaluationData(path: folder.path, classes: classes)
    #expect(data.photos.names == ["a/2.png"])
    #expect(data.notes == ["the evaluation uses only the 1 validation photo"])
    #expect(
      try EvaluationData(path: folder.path + "/test", classes: classes).photos.names == ["b/3.png"])
  }

  @Test func aLimitIsInTheNote() throws {
    try folder.photos(
      ["train/a/1.png", "train/b/1.png"]
        + (0..<4).flatMap { ["val/a/\($0).png", "val/b/\($0).png"] })
    let classes = [ClassLabel(name: "a"), ClassLabel(name: "b")]
    for (limit, note) in [
      (2, "the evaluation uses 2 of 8 validation photos"),
      (8, "the evaluation uses only the 8 validation photos"),
    ] {
      let data = try EvaluationData(path: folder.path, classes: classes, limit: limit)
      #expect(data.photos.samples.count == limit && data.notes == [note])
    }
    let error = dataError { () throws(DataError) in
      try EvaluationData(path: folder.path, classes: classes, limit: 1)
    }
    #expect(
      error?.description
        == "the limit is 1 photo; it must be at least 2, to keep photos of all 2 classes")
  }

  @Test func numbersAreClasses() throws {
    let photo = TestPhoto.png(seed: 1)
    let tar = TestTar([
      ("1.png", photo), ("1.cls", Array("1".utf8)), ("2.png", photo), ("2.cls", Array("7".utf8)),
    ])
    let path = try folder.write("a.tar", tar.finished)
    let data = try EvaluationData(
      path: path, classes: [ClassLabel(name: "a"), ClassLabel(name: "b")])
    #expect(data.photos.samples.map(\.label) == [1])
    #expect(
      data.notes == [
        "the labels are read as indices of the network's classes, from 0: 1 is 'b'",
        "1 photo left out (the network does not know their classes): '7'",
      ])
  }

  @Test func otherClassesAreAnError() throws {
    try folder.photos(["x/1.png", "y/1.png"])
    let error = dataError { () throws(DataError) in
      try EvaluationData(path: folder.path, classes: [ClassLabel(name: "a")])
    }
    #expect(error == .unknownClasses(path: folder.path, name: "x", known: ["a"]))
    #expect(
      DataError.unknownClasses(path: "p", name: "Bird", known: ["birds", "dogs"]).description
        == "p: the network knows none of these photos' classes, such as 'Bird' (did you mean "
        + "'birds'?); it knows 'birds', 'dogs'")
    let many = (0..<11).map { "class \($0)" }
    #expect(
      DataError.unknownClasses(path: "p", name: "x", known: many).description
        .hasSuffix("; it knows 'class 0', 'class 1', 'class 2' and 8 more"))
  }

  @Test func limitsKeepEveryClass() throws {
    try folder.photos((0..<6).map { "a/\($0).png" } + ["b/0.png", "b/1.png"])
    let classes = [ClassLabel(name: "a"), ClassLabel(name: "b")]
    let data = try EvaluationData(path: folder.path, classes: classes, limit: 4)
    #expect(data.photos.photosPerClass == [3, 1])
  }
}
