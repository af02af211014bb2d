import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetQuantization

@Suite("Photos that calibrate")
struct CalibrationPhotosTests {
  private let folder: TemporaryFolder
  private let classes = ["cat", "dog"].map { ClassLabel(name: $0) }

  init() throws { folder = try TemporaryFolder() }

  /// Writes empty files: finding photos does not read them.
  private func write(_ names: String...) throws {
    for name in names {
      try folder.make(String(name.split(separator: "/").dropLast().joined(separator: "/")))
      _ = try folder.file(name)
    }
  }

  private func photos(_ name: String) throws -> CalibrationPhotos {
    try CalibrationPhotos(at: folder.path(name), classes: classes, limit: 100)
  }

  @Test("all parts of the data count, also photos of unknown classes and without a class")
  func all() throws {
    try write(
      "set/train/cat/a.jpg", "set/train/cat/b.jpg", "set/train/cow/c.jpg", "set/val/dog/d.jpg",
      "set/e.jpg", "set/other/f.jpg")
    let photos = try photos("set")
    #expect(photos.all.count == 6)
    #expect(photos.all.compactMap(\.label).sorted() == [0, 0, 1])
    #expect(
      photos.notes == [
        "3 of 6 photos have no label that the network knows; they do not count in the accuracy"
      ])
  }

  @Test("photos without labels need no class folders, and a table needs no labels")
  func unlabelled() throws {
    try write("flat/a.jpg", "flat/b.jpg")
    let note = "the report has no accuracy, because the photos have no labels"
    let flat = try photos("flat")
    #expect(flat.all.count == 2 && flat.notes == [note])
    _ = try folder.file("table.csv", contents: "path\nflat/a.jpg\nflat/b.jpg\n")
    let table = try photos("table.csv")
    #expect(table.all.count == 2 && table.notes == [note])
    _ = try folder.file("some.csv", contents: "path,label\nflat/a.jpg,1\nflat/b.jpg,\n")
    #expect(try photos("some.csv").all.map(\.label) == [1, nil])
  }

  @Test("labels of other classes, and those that count from 1, are noted")
  func unusable() throws {
    try write("cows/cow/a.jpg", "cows/cow/b.jpg")
    let start = "the report has no accuracy, because the labels are not usable: "
    let cows = try photos("cows")
    #expect(cows.all.count == 2 && cows.notes.first?.hasPrefix(start) == true)
    _ = try folder.file(
      "table.csv", contents: "path,label\ncows/cow/a.jpg,1\ncows/cow/b.jpg,2\n")
    let table = try photos("table.csv")
    #expect(table.all.map(\.label) == [nil, nil])
    #expect(table.notes.first?.contains("seem to count from 1") == true)
  }

  @Test("a copy of a photo that calibrates does not compare the networks")
  func copies() throws {
    try folder.make("set")
    for (name, contents) in ["a": "1", "b": "2", "c": "3", "d": "1", "e": "5", "h": "6"] {
      _ = try folder.file("set/\(name).jpg", contents: contents)
    }
    let error = #expect(throws: QuantizationError.self) { try photos("set") }
    #expect(error == .tooFewPhotos(source: folder.path("set"), count: 6))
    for name in ["f", "g"] { _ = try folder.file("set/\(name).jpg", contents: "3") }
    _ = try folder.file("set/h.jpg", contents: "8")
    let known = try photos("set")
    #expect(known.calibrating.count == 6 && known.comparing.count == 1 && known.unused == 0)
    let some = try CalibrationPhotos(at: folder.path("set"), classes: classes, limit: 5)
    #expect(some.unused == 3)
    #expect(
      known.notes.last
        == "1 photo is left out of the comparison: a photo with the same bytes calibrates")
  }

  @Test("names that are not UTF-8 are noted")
  func names() throws {
    try write("flat/a.jpg", "flat/b.jpg")
    let bytes = Array(folder.path("flat").utf8) + [0x2F, 0xFF] + Array(".jpg".utf8) + [0]
    let name = bytes.map { CChar(bitPattern: $0) }
    fclose(fopen(name, "w"))
    defer { unlink(name) }
    let photos = try photos("flat")
    #expect(photos.all.count == 2)
    #expect(photos.notes.first?.hasPrefix("1 name left out: ") == true, "\(photos.notes)")
  }
}
