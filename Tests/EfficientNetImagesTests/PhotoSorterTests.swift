import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetImages

@Suite("Photos sorted into folders")
final class PhotoSorterTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  private let manager = FileManager.default

  init() throws { try manager.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  @discardableResult
  private func write(_ text: String, _ name: String) throws -> String {
    let parent = (path(name) as NSString).deletingLastPathComponent
    try manager.createDirectory(atPath: parent, withIntermediateDirectories: true)
    #expect(manager.createFile(atPath: path(name), contents: Data(text.utf8)))
    return path(name)
  }

  /// The files in the folder, with their contents.
  private func files(in name: String) throws -> [String: String] {
    var result: [String: String] = [:]
    for file in try manager.subpathsOfDirectory(atPath: path(name))
    where file != PhotoSorter.marker {
      guard let bytes = manager.contents(atPath: path("\(name)/\(file)")) else { continue }
      result[file] = String(decoding: bytes, as: UTF8.self)
    }
    return result
  }

  private func sorter(
    _ action: PhotoSorter.Action = .copy, threshold: Double? = nil, into name: String = "sorted"
  ) throws -> PhotoSorter {
    try PhotoSorter(
      into: path("\(name)/"), classes: ["cat", "dog"], action: action, threshold: threshold)
  }

  @Test(arguments: [PhotoSorter.Action.copy, .link])
  func equalNamesGetNumbersAndASecondRunAddsNothing(action: PhotoSorter.Action) throws {
    let photos = try ["a/x.jpg": "1", "b/x.jpg": "2", "c/x.jpg": "1", "c/y.jpg": "3"]
      .map { try write($1, $0) }.sorted()
    let expected = ["cat/x.jpg": "1", "cat/x-2.jpg": "2", "cat/y.jpg": "3"]
    let first = try sorter(action)
    for photo in photos { _ = try first.put(photo, inClass: 0, probability: 1) }
    #expect(try files(in: "sorted") == expected)
    #expect(first.added == 3 && first.present == 1 && first.undoPath == nil)
    let second = try sorter(action)
    let places = try photos.map { try second.put($0, inClass: 0, probability: 1) }
    #expect(places.allSatisfy { $0.wasThere })
    #expect(places[1].path == path("sorted/cat/x-2.jpg"))
    #expect(try files(in: "sorted") == expected && second.added == 0)
    #expect(photos.allSatisfy { manager.fileExists(atPath: $0) })
    let attributes = try manager.attributesOfItem(atPath: path("sorted/cat/y.jpg"))
    #expect(
      attributes[.type] as? FileAttributeType
        == (action == .copy ? .typeRegular : .typeSymbolicLink))
  }

  @Test func sharedNamesAreThoseOfFoldersThatAreThere() throws {
    let sorter = try PhotoSorter(
      into: path("sorted"), classes: ["crane", "dog", "crane"], action: .copy, threshold: nil)
    _ = try sorter.put(write("1", "a.jpg"), inClass: 0, probability: 1)
    #expect(sorter.sharedNames.isEmpty)
    _ = try sorter.put(write("2", "b.jpg"), inClass: 2, probability: 1)
    #expect(sorter.sharedNames.map(\.name) == ["crane"])
    #expect(sorter.sharedNames[0].folders.map(\.name) == ["crane", "crane-2"])
    #expect(sorter.sharedNames[0].folders.map(\.index) == [0, 2])
  }

  @Test func sortedFoldersBelowANamedOneAreKnown() throws {
    for name in ["a", "b", "c"] { try write(name, "photos/\(name).jpg") }
    _ = try sorter(into: "photos/copied").put(path("photos/a.jpg"), inClass: 0, probability: 1)
    _ = try sorter(.move, into: "photos/moved")
      .put(path("photos/b.jpg"), inClass: 0, probability: 1)
    // A folder without photos is marked, too, but no folder with photos of the user.
    try write("e", "photos/e.jpg")
    try write("notes", "photos/notes/notes.txt")
    let notes = try sorter(into: "photos/notes")
    _ = try notes.put(path("photos/e.jpg"), inClass: 0, probability: 1)
    #expect(!notes.isNew && manager.fileExists(atPath: path("photos/notes/.effnet-sorted")))
    try write("mine", "photos/mine/cat/d.jpg")
    _ = try sorter(.link, into: "photos/mine").put(path("photos/c.jpg"), inClass: 0, probability: 1)
    func left(_ names: String...) -> [String] {
      let roots = names.map(path)
      return PhotoSorter.withoutSorted(PhotoFinder.survey(roots).photos, below: roots).photos
        .map { String($0.path.dropFirst(path("photos/").count)) }.sorted()
    }
    let mine = path("photos/mine")
    #expect(PhotoSorter.foreignPhoto(in: "\(mine)/") == "\(mine)/cat/c.jpg")
    #expect(PhotoSorter.foreignPhoto(in: path("photos/copied")) == nil)
    let others = ["a.jpg", "c.jpg", "e.jpg", "mine/cat/c.jpg", "mine/cat/d.jpg"]
    #expect(left("photos") == others)
    #expect(left("photos/") == others)
    #expect(left("photos/copied", "photos/moved/cat") == ["copied/cat/a.jpg", "moved/cat/b.jpg"])
  }

  @Test func photosInAnotherFolderOfAnEarlierRunAreCounted() throws {
    let photos = try ["a/x.jpg": "1", "b/x.jpg": "2", "c/y.jpg": "3"].map { try write($1, $0) }
      .sorted()
    let first = try sorter()
    for photo in photos { _ = try first.put(photo, inClass: 0, probability: 0.8) }
    #expect(first.elsewhere.count == 0)
    let second = try sorter(threshold: 0.9)
    for (photo, probability) in zip(photos, [0.8, 0.8, 0.95]) {
      _ = try second.put(photo, inClass: 0, probability: probability)
    }
    #expect(second.elsewhere.count == 2 && second.elsewhere.first == path("sorted/cat/x.jpg"))
    #expect(second.added == 2 && second.present == 1)
    // In a third run, nothing is added in unsure; then the photo is moved to a third folder.
    let third = try sorter(.move, threshold: 0.9)
    _ = try third.put(photos[1], inClass: 0, probability: 0.8)
    _ = try third.put(photos[1], inClass: 1, probability: 1)
    #expect(third.elsewhere.count == 2 && third.elsewhere.first == path("sorted/cat/x-2.jpg"))
    #expect(third.added == 1 && third.present == 1)
  }

  @Test func improbableClassesAreUnsure() throws {
    let sorter = try sorter(threshold: 0.5)
    for (number, probability) in [0.4, 0.5, 0.6].enumerated() {
      let photo = try write("\(number)", "\(number).jpg")
      _ = try sorter.put(photo, inClass: 1, probability: probability)
    }
    #expect(try files(in: "sorted") == ["unsure/0.jpg": "0", "dog/1.jpg": "1", "dog/2.jpg": "2"])
    #expect(sorter.folders.map(\.name) == ["dog", "unsure"])
    #expect(sorter.folders.map(\.photos) == [2, 1])
  }

  /// Moves photos into the folder of the first class, as a run of its own.
  private func move(_ names: String..., into folder: String = "sorted") throws {
    let sorter = try sorter(.move, into: folder)
    for name in names { _ = try sorter.put(path(name), inClass: 0, probability: 1) }
  }

  /// Runs the undo script. Returns its messages.
  ///
  /// - Parameters:
  ///   - result: The line on standard output, such as "2 photos moved back".
  ///   - reports: Whether it prints messages; nil for only after a failure.
  @discardableResult
  private func undo(
    _ result: String? = nil, status: Int32 = 0, reports: Bool? = nil, shell: String = "sh",
    in folder: String = "sorted",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let process = Process()
    let (errors, output) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/bin/\(shell)")
    process.arguments = [path("\(folder)/undo.sh")]
    process.currentDirectoryURL = URL(filePath: "/")
    (process.standardError, process.standardOutput) = (errors, output)
    try process.run()
    let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let line = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if let result { #expect(line == "\(result)\n", sourceLocation: sourceLocation) }
    #expect(process.terminationStatus == status, "\(message)", sourceLocation: sourceLocation)
    #expect(
      message.isEmpty != (reports ?? (status != 0)), "\(message)", sourceLocation: sourceLocation)
    return message
  }

  @Test func movesCanBeUndone() throws {
    let names = [
      "a.jpg", "it's.jpg", "sp ace.jpg", "$HOME `ls` \"q\" \\.jpg", "-n.jpg", "line\nbreak.jpg",
      "end\n", "tab\t.jpg", "\\n\\t.jpg", "%s=.jpg", "e\u{301}.jpg", "'\u{301}.jpg",
    ]
    for name in names { try write(name, "photos/\(name)") }
    let before = try files(in: "photos")
    #expect(before.count == names.count)
    // Two runs share the script.
    for run in [0, 1] {
      let sorter = try sorter(.move)
      for (number, name) in names.enumerated() where number % 2 == run {
        _ = try sorter.put(path("photos/\(name)"), inClass: run, probability: 1)
      }
      #expect(sorter.undoPath == path("sorted/undo.sh"))
    }
    #expect(try files(in: "photos").isEmpty)
    try manager.removeItem(atPath: path("photos"))
    try undo("\(names.count) photos moved back")
    #expect(try files(in: "photos") == before)
    #expect(!manager.fileExists(atPath: path("sorted")))
  }

  @Test func theScriptRemovesOnlyFoldersThatItEmptied() throws {
    for name in ["a", "b"] { try write(name, "photos/\(name).jpg") }
    let sorter = try sorter(.move)
    _ = try sorter.put(path("photos/a.jpg"), inClass: 0, probability: 1)
    _ = try sorter.put(path("photos/b.jpg"), inClass: 1, probability: 1)
    try write("mine", "sorted/dog/notes.txt")
    try manager.createDirectory(atPath: path("sorted/empty"), withIntermediateDirectories: true)
    try undo("2 photos moved back")
    #expect(
      try manager.subpathsOfDirectory(atPath: path("sorted")).sorted()
        == ["dog", "dog/notes.txt", "empty"])
  }

  @Test func theScriptReplacesNoFileAndCanRunAgain() throws {
    for name in ["a", "b"] { try write(name, "photos/\(name).jpg") }
    try move("photos/a.jpg", "photos/b.jpg")
    try write("other", "photos/a.jpg")
    for result in ["1 photo moved back", "0 photos moved back"] {
      #expect(
        try undo(result, status: 1).contains(
          "left in place, since \(path("photos/a.jpg")) exists"))
      #expect(try files(in: "photos") == ["a.jpg": "other", "b.jpg": "b"])
      #expect(try files(in: "sorted").keys.sorted() == ["cat/a.jpg", "undo.sh"])
    }
    try manager.removeItem(atPath: path("photos/a.jpg"))
    try undo()
    #expect(try files(in: "photos") == ["a.jpg": "a", "b.jpg": "b"])
    #expect(!manager.fileExists(atPath: path("sorted")))
  }

  @Test(arguments: ["sh", "bash"])
  func renamedPhotosStayInTheScript(shell: String) throws {
    let names = ["a.jpg", "it's \"q\".jpg", "line\nbreak\\.jpg"]
    for name in names { try write(name, "photos/\(name)") }
    let before = try files(in: "photos")
    try move("photos/\(names[0])", "photos/\(names[1])", "photos/\(names[2])")
    for (number, name) in names.dropFirst().enumerated() {
      try manager.moveItem(
        atPath: path("sorted/cat/\(name)"), toPath: path("sorted/cat/new \(number).jpg"))
    }
    // The second run does not report the photo that the first one moved back.
    for result in ["1 photo moved back", "0 photos moved back"] {
      #expect(
        try undo(result, reports: true, shell: shell)
          == [names[2], names[1]].map {
            "moved or deleted since the sorting: \(path("sorted/cat/\($0)")) "
              + "(before: \(path("photos/\($0)")))\n"
          }.joined()
          + "these photos stay where they are; if another effnet command moved them,\n"
          + "run its undo.sh, then this one again; if you moved them, move them back to the place\n"
          + "after 'before'; if you need no undo any more, delete this script: "
          + "\(path("sorted/undo.sh"))\n")
    }
    // Another run keeps the lines, and gives the names to no other photo.
    try write("other", "more/\(names[1])")
    try move("more/\(names[1])")
    #expect(try files(in: "sorted")["cat/it's \"q\"-2.jpg"] == "other")
    for (number, name) in names.dropFirst().enumerated() {
      try manager.moveItem(
        atPath: path("sorted/cat/new \(number).jpg"), toPath: path("sorted/cat/\(name)"))
    }
    try undo("3 photos moved back", shell: shell)
    #expect(try files(in: "photos") == before)
    #expect(try files(in: "more") == [names[1]: "other"])
    #expect(!manager.fileExists(atPath: path("sorted")))
  }

  @Test(arguments: ["sh", "bash"])
  func theScriptWorksInARenamedFolder(shell: String) throws {
    let names = ["a.jpg", "it's \"q\".jpg", "line\nbreak\\.jpg"]
    for name in names { try write(name, "photos/\(name)") }
    let before = try files(in: "photos")
    try move("photos/\(names[0])", "photos/\(names[1])", "photos/\(names[2])")
    try manager.createDirectory(atPath: path("deep"), withIntermediateDirectories: true)
    try manager.moveItem(atPath: path("sorted"), toPath: path("deep/it's\nnew"))
    // Another run moves photos into the renamed folder, and keeps the lines of the first, also that
    // of a photo whose old place is taken.
    try write("other", "photos/\(names[0])")
    try write("more", "photos/more.jpg")
    try move("photos/more.jpg", into: "deep/it's\nnew")
    let message = try undo("3 photos moved back", status: 1, shell: shell, in: "deep/it's\nnew")
    #expect(
      message
        == "left in place, since \(path("photos/a.jpg")) exists: "
        + "\(path("deep/it's\nnew/cat/a.jpg"))\n")
    #expect(try files(in: "photos")[names[0]] == "other")
    try manager.removeItem(atPath: path("photos/\(names[0])"))
    try undo("1 photo moved back", shell: shell, in: "deep/it's\nnew")
    #expect(try files(in: "photos") == before.merging(["more.jpg": "more"]) { $1 })
    #expect(try manager.contentsOfDirectory(atPath: path("deep")).isEmpty)
  }

  @Test(arguments: ["sh", "bash"])
  func theOldNameOfARenamedFolderMayBelongToAnotherRun(shell: String) throws {
    for month in ["may", "june"] { try write(month, "\(month)/x.jpg") }
    try write("lost", "may/lost.jpg")
    try write("june", "june/lost.jpg")
    try move("may/x.jpg", "may/lost.jpg")
    try manager.moveItem(atPath: path("sorted"), toPath: path("sorted-may"))
    try move("june/x.jpg", "june/lost.jpg")
    try manager.moveItem(atPath: path("sorted-may/cat/lost.jpg"), toPath: path("lost.jpg"))
    let message = try undo("1 photo moved back", reports: true, shell: shell, in: "sorted-may")
    #expect(
      message.hasPrefix(
        "moved or deleted since the sorting: \(path("sorted-may/cat/lost.jpg")) "
          + "(before: \(path("may/lost.jpg")))\n"))
    #expect(try files(in: "may") == ["x.jpg": "may"] && files(in: "june").isEmpty)
    try manager.createDirectory(atPath: path("sorted-may/cat"), withIntermediateDirectories: true)
    try manager.moveItem(atPath: path("lost.jpg"), toPath: path("sorted-may/cat/lost.jpg"))
    try undo("1 photo moved back", shell: shell, in: "sorted-may")
    try undo("2 photos moved back", shell: shell)
    #expect(try files(in: "may") == ["x.jpg": "may", "lost.jpg": "lost"])
    #expect(try files(in: "june") == ["x.jpg": "june", "lost.jpg": "june"])
  }

  @Test func aRunRemovesLinesOfPhotosThatAreBackInARenamedFolder() throws {
    for name in ["may/x.jpg", "may/y.jpg", "june/x.jpg", "more/x.jpg"] { try write(name, name) }
    try move("may/x.jpg", "may/y.jpg")
    try manager.moveItem(atPath: path("sorted"), toPath: path("sorted-may"))
    try write("other", "may/y.jpg")
    try undo("1 photo moved back", status: 1, in: "sorted-may")
    // Now another photo has the new place in the line of may/x.jpg.
    try move("june/x.jpg")
    try move("more/x.jpg", into: "sorted-may")
    try manager.removeItem(atPath: path("may/x.jpg"))
    try write("other", "more/x.jpg")
    try undo("0 photos moved back", status: 1, in: "sorted-may")
    #expect(try files(in: "may") == ["y.jpg": "other"])
    #expect(try files(in: "sorted-may")["cat/x.jpg"] == "more/x.jpg")
  }

  @Test func noPhotoGetsThePlaceOfALostOneInARenamedFolder() throws {
    for name in ["a/x.jpg", "b/x.jpg"] { try write(name, "photos/\(name)") }
    try move("photos/a/x.jpg")
    try manager.moveItem(atPath: path("sorted/cat/x.jpg"), toPath: path("x.jpg"))
    try manager.moveItem(atPath: path("sorted"), toPath: path("new"))
    try move("photos/b/x.jpg", into: "new")
    #expect(try files(in: "new")["cat/x-2.jpg"] == "b/x.jpg")
    let message = try undo("1 photo moved back", reports: true, in: "new")
    #expect(message.hasPrefix("moved or deleted since the sorting: "))
    #expect(try files(in: "photos") == ["b/x.jpg": "b/x.jpg"])
  }

  @Test(arguments: [false, true])
  func photosGoBackToTheirPlacesBeforeTheLastRun(isFirstUndoIncomplete: Bool) throws {
    for name in ["a/x.jpg", "b/x.jpg", "c/y.jpg"] { try write(name, "photos/\(name)") }
    var expected = try files(in: "photos")
    try move("photos/a/x.jpg", "photos/b/x.jpg", "photos/c/y.jpg")
    if isFirstUndoIncomplete {
      expected["c/y.jpg"] = "other"
      try write("other", "photos/c/y.jpg")
    }
    try undo(status: isFirstUndoIncomplete ? 1 : 0)
    #expect(try files(in: "photos") == expected)
    do {
      let second = try sorter(.move, threshold: 0.5)
      for (name, probability) in [("a", 0.4), ("b", 0.6)] {
        _ = try second.put(path("photos/\(name)/x.jpg"), inClass: 0, probability: probability)
      }
    }
    #expect(try files(in: "sorted")["cat/x.jpg"] == "b/x.jpg")
    // The place in the line of the first run is free.
    try manager.moveItem(atPath: path("sorted/unsure/x.jpg"), toPath: path("x.jpg"))
    let message = try undo(status: isFirstUndoIncomplete ? 1 : 0, reports: true)
    #expect(message.contains("since the sorting: \(path("sorted/unsure/x.jpg")) ("))
    #expect(try files(in: "photos/b") == ["x.jpg": "b/x.jpg"])
    #expect(try files(in: "photos/a").isEmpty)
  }

  @Test func linesOfInterruptedMovesDoNothing() throws {
    for name in ["a/x.jpg", "b/x.jpg"] { try write(name, "photos/\(name)") }
    try move("photos/a/x.jpg")
    // As after a crash between the line and its move.
    try manager.moveItem(atPath: path("sorted/cat/x.jpg"), toPath: path("photos/a/x.jpg"))
    try move("photos/b/x.jpg")
    try manager.moveItem(atPath: path("photos/a/x.jpg"), toPath: path("x.jpg"))
    try undo()
    #expect(try files(in: "photos") == ["b/x.jpg": "b/x.jpg"])
  }

  @Test func failedMovesLeaveNoLine() throws {
    for name in ["a", "b"] { try write(name, "photos/\(name).jpg") }
    let sorter = try sorter(.move)
    _ = try sorter.put(path("photos/a.jpg"), inClass: 0, probability: 1)
    try manager.moveItem(atPath: path("sorted/cat"), toPath: path("elsewhere"))
    // No file can be created in this folder.
    try manager.createSymbolicLink(atPath: path("sorted/cat"), withDestinationPath: "/proc")
    #expect(throws: FileError.self) {
      try sorter.put(path("photos/b.jpg"), inClass: 0, probability: 1)
    }
    try manager.removeItem(atPath: path("sorted/cat"))
    try write("other", "sorted/cat/b.jpg")
    try manager.removeItem(atPath: path("photos/b.jpg"))
    #expect(try !undo(reports: true).contains("b.jpg"))
    #expect(try files(in: "sorted")["cat/b.jpg"] == "other")
    #expect(try files(in: "photos").isEmpty)
  }

  @Test func movesAfterAnUndoCanBeUndone() throws {
    for name in ["a", "b"] { try write(name, "photos/\(name).jpg") }
    let sorter = try sorter(.move)
    for name in ["a", "b"] {
      _ = try sorter.put(path("photos/\(name).jpg"), inClass: 0, probability: 1)
      #expect(try files(in: "sorted")["cat/\(name).jpg"] == name)
      try undo()
    }
    #expect(try files(in: "photos") == ["a.jpg": "a", "b.jpg": "b"])
  }

  @Test func brokenLinesOfTheScriptAreRemoved() throws {
    try write("1", "photos/a.jpg")
    try write("2", "photos/b.jpg")
    try move("photos/a.jpg")
    let script = try FileHandle(forWritingTo: URL(filePath: path("sorted/undo.sh")))
    try script.seekToEnd()
    try script.write(contentsOf: Data("\(path("sorted/cat/b.jpg"))\t/tmp/ha".utf8))
    try script.close()
    try move("photos/b.jpg")
    try undo()
    #expect(try files(in: "photos") == ["a.jpg": "1", "b.jpg": "2"])
  }

  @Test func onlyFilesAreMoved() throws {
    try write("1", "store/a.jpg")
    try manager.createDirectory(atPath: path("photos"), withIntermediateDirectories: true)
    try manager.createSymbolicLink(
      atPath: path("photos/a.jpg"), withDestinationPath: "../store/a.jpg")
    let error = #expect(throws: FileError.self) {
      try sorter(.move).put(path("photos/a.jpg"), inClass: 0, probability: 1)
    }
    #expect(error?.path == path("photos/a.jpg"))
    #expect(try files(in: "photos") == ["a.jpg": "1"])
    #expect(throws: FileError.self) {
      try sorter(.copy).put(path("photos/none.jpg"), inClass: 0, probability: 1)
    }
  }

  @Test func foreignScriptsAndFilesAreRefused() throws {
    let photo = try write("1", "photos/a.jpg")
    try write("echo hello", "sorted/undo.sh")
    let error = #expect(throws: FileError.self) {
      try sorter(.move).put(photo, inClass: 0, probability: 1)
    }
    #expect(error?.reason.contains("not an undo list") == true)
    #expect(try files(in: "sorted")["undo.sh"] == "echo hello")
    try write("#!/bin/sh\n# Moves the photos that 'effnet' sorted back.\n", "sorted/undo.sh")
    let older = #expect(throws: FileError.self) {
      try sorter(.move).put(photo, inClass: 0, probability: 1)
    }
    #expect(older?.reason.hasPrefix("another version of effnet wrote this list") == true)
    #expect(throws: FileError(path: photo, reason: "it is not a folder")) {
      try PhotoSorter(into: photo, classes: ["a"], action: .copy)
    }
  }

  @Test func photosInTheFolderAreLeftOut() throws {
    for name in ["a.jpg", "sorted/cat/b.jpg", "sorted-too/c.jpg"] { try write("1", name) }
    try manager.createSymbolicLink(atPath: path("again"), withDestinationPath: "sorted-too")
    let found = PhotoFinder.photos(at: [folder.path, path("a.jpg"), "/nowhere/x.jpg"])
    #expect(found.count == 6)
    let (outside, inside) = PhotoSorter.photos(found, outside: path("sorted"))
    #expect(inside == 1)
    #expect(outside.map(\.path) == [path("a.jpg"), path("again/c.jpg"), "/nowhere/x.jpg"])
    let (all, none) = PhotoSorter.photos(found, outside: path("new"))
    #expect(all.count == 4 && none == 0)
    #expect(PhotoSorter.isFolder(path("sorted/new/deep"), inside: path("sorted")))
    #expect(!PhotoSorter.isFolder(path("sorted-2"), inside: path("sorted")))
    #expect(PhotoSorter.isFile(path("again/c.jpg"), inside: path("sorted-too")))
  }

  @Test func classNamesBecomeSafeFolderNames() {
    let long = String(repeating: "\u{E9}", count: 200)
    let names = FolderNames.names(
      for: [
        "cat", "Cat", "a/b", "..", ".git", "", "  ", "-rf", "unsure", "what?\n", "__MACOSX", long,
        long, "tiger cat ", "St. Bernard dog. .", "con", "NUL.jpg", "com1", "comb",
      ], besides: ["unsure"])
    #expect(
      names.prefix(11) == [
        "cat", "Cat-2", "a-b", "unnamed", "_.git", "unnamed-2", "unnamed-3", "_-rf", "unsure-2",
        "what--", "___MACOSX",
      ])
    #expect(names[11].utf8.count == 120 && names[12] == names[11] + "-2")
    #expect(
      names[13...] == [
        "tiger cat", "St. Bernard dog", "_con", "_NUL.jpg", "_com1", "comb",
      ])
  }

  @Test func aLongCharacterIsCut() {
    let character = "e" + String(repeating: "\u{301}", count: 100)
    #expect(character.count == 1)
    let names = FolderNames.names(for: [character, "cat" + character], besides: [])
    #expect(names[0].utf8.count == 119 && names[0].unicodeScalars.first == "e")
    #expect(names[1] == "cat")
  }
}
