import ArgumentParser
import EfficientNet
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

@Suite("effnet classify and label --sort-into")
struct SortTests {
  let bench: Workbench
  let weights: String
  let manager = FileManager.default

  init() throws {
    bench = try Workbench()
    weights = try bench.described(.tiny("tiny-silu"))
    try bench.folder.writeTwoShades("photos")
    try Data("no picture".utf8).write(to: URL(filePath: bench.path("photos/dark/bad.jpg")))
  }

  private func classify(_ arguments: String...) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(
      arguments: ["classify", "--weights", weights, "--threads", "1"] + arguments)
  }

  private func files(_ name: String) throws -> [String] {
    try manager.subpathsOfDirectory(atPath: bench.path(name)).filter { file in
      var isFolder: ObjCBool = false
      _ = manager.fileExists(atPath: bench.path("\(name)/\(file)"), isDirectory: &isFolder)
      return !isFolder.boolValue && !file.hasSuffix(PhotoSorter.marker)
    }.sorted()
  }

  private struct Line: Decodable {
    struct Class: Decodable {
      let label: String
      let probability: Double
    }
    let path: String
    let label, destination, error: String?
    let existed: Bool?
    let predictions: [Class]?
  }

  private func lines(_ output: CommandLineTool.Output) throws -> [Line] {
    try output.jsonLines(Line.self)
  }

  @Test("photos are copied into the folders of their classes, and a second run adds nothing")
  func copies() throws {
    // The folder is inside the photos' folder, as a user may choose it.
    let sorted = bench.path("photos/sorted")
    let output = try classify(bench.path("photos"), "--sort-into", sorted, "--json")
    #expect(output.status == 1 && output.standardError.contains("bad.jpg is not a JPEG"))
    let lines = try lines(output)
    #expect(lines.count == 21 && lines.count(where: { $0.destination == nil }) == 1)
    for line in lines {
      guard let destination = line.destination else { continue }
      #expect(line.existed == false)
      let label = try #require(line.predictions?.first?.label)
      #expect(destination.hasPrefix("\(sorted)/\(label)/"))
      #expect(manager.contentsEqual(atPath: line.path, andPath: destination))
    }
    let before = try files("photos")
    #expect(before.count == 41)
    for words in ["folder ", "20 photos copied into \(sorted)\n", "(1 could not be read)"] {
      #expect(output.standardError.contains(words), "\(output.standardError)")
    }
    let improbable = lines.count { $0.predictions?.first.map { $0.probability < 0.6 } ?? false }
    #expect(output.standardError.contains("note: \(improbable) of 20 photos ") == (improbable > 0))
    let again = try classify(bench.path("photos"), "--sort-into", sorted)
    #expect(again.standardError.contains("note: 20 photos in \(sorted) left out"))
    #expect(
      again.standardError.contains(
        "0 photos copied into \(sorted), 20 there already with the same bytes"))
    #expect(again.lines.count == 20 && again.lines.allSatisfy { $0.contains(" -> \(sorted)/") })
    #expect(again.lines.allSatisfy { $0.hasSuffix(" (already there)") })
    #expect(try files("photos") == before)
    #expect(!again.standardError.contains("in another folder"))
    // No probability is 1.
    let other = try classify(
      bench.path("photos"), "--sort-into", sorted, "--threshold", "1", "--quiet")
    let first = try #require(lines.first { $0.destination != nil }?.destination)
    #expect(
      other.standardError.contains(
        "note: 20 photos are in another folder of \(sorted), too, such as \(first); "
          + "to have each photo once, sort into a new folder\n"), "\(other)")
    #expect(try files("photos").count == before.count + 20)
  }

  @Test("messages say how to undo a move and copies in a new folder, and how to move copies")
  func nextSteps() throws {
    let (photos, sorted) = (bench.path("photos"), bench.path("sorted"))
    let arguments = ["classify", photos, "--weights", weights, "--threads", "1", "--sort-into"]
    let copied = try bench.run(arguments + [sorted])
    #expect(
      copied.standardError.hasSuffix("\nto undo, delete the new folder: rm -r \(sorted)\n"),
      "\(copied)")
    #expect(copied.standardError.contains("\nthreshold  photos sorted\n"), "\(copied)")
    let again = try bench.run(arguments + [sorted])
    #expect(!again.standardError.contains("to undo"), "\(again)")
    let stays = try bench.run(arguments + [sorted, "--move"])
    #expect(
      stays.standardError.contains(
        "0 photos moved into \(sorted), 20 there already with the same bytes, which stay where they "
          + "are; to move them, too, sort into a new folder\n"), "\(stays)")
    #expect(!stays.standardError.contains("to undo"))
    #expect(stays.lines.allSatisfy { $0.hasSuffix(" (already there, not moved)") }, "\(stays)")
    #expect(
      stays.standardError.firstMatch(of: /folder +moved +already there\n.+ 0 +\d+\n/) != nil,
      "\(stays)")
    let json = try bench.run(arguments + [sorted, "--move", "--json"])
    #expect(try lines(json).filter { $0.existed == true }.count == 20, "\(json)")
    try manager.removeItem(atPath: sorted)
    _ = try bench.run(arguments + [sorted, "--move"])
    let photo = try #require(try files("sorted").first { $0.hasSuffix(".png") })
    try bench.expectFailure(
      ["classify", "\(sorted)/\(photo)", "--weights", weights, "--sort-into", sorted, "--move"],
      status: 2,
      "all photos are in \(sorted), the folder of --sort-into, so they count as sorted and stay "
        + "where they are; to sort them anew, run first: sh \(sorted)/undo.sh")
    // Into the very folder with the class folders.
    try bench.folder.writeTwoShades("mine")
    let mine = bench.path("mine")
    try bench.expectFailure(
      ["classify", mine, "--weights", weights, "--sort-into", "\(mine)/", "--move"], status: 2,
      "all photos are in \(mine)/, the folder of", "; name another folder, such as \(mine)-sorted;")
    // Into a folder that somebody sorted by hand.
    try bench.expectFailure(
      arguments + ["\(mine)/"], status: 2,
      "--sort-into \(mine)/ has photos that effnet did not sort, such as \(mine)/dark/0.png; name a "
        + "new folder, such as \(mine)-by-effnet;")
    #expect(try manager.contentsOfDirectory(atPath: mine).sorted() == ["dark", "light"])
    let emptied = try bench.run(arguments + [sorted, "--move"])
    #expect(
      emptied.standardError.hasSuffix(
        "0 photos moved into \(sorted)\nto undo earlier moves: sh \(sorted)/undo.sh\n"),
      "\(emptied)")
  }

  @Test("the summary tells apart classes with the same name")
  func sharedNames() throws {
    var model = try Model(contentsOf: weights)
    let classes = model.description.classes.count
    model.description.classes = Array(repeating: ClassLabel(name: "crane"), count: classes)
    let cranes = bench.path("cranes.safetensors")
    try model.write(to: cranes)
    let output = try bench.run([
      "classify", bench.path("photos/light"), "--weights", cranes, "--sort-into",
      bench.path("sorted"),
    ])
    let folders = try manager.contentsOfDirectory(atPath: bench.path("sorted"))
      .filter { $0.hasPrefix("crane") }
    let line = output.standardError.split(separator: "\n")
      .first { $0.hasPrefix("several classes have the name crane: folder crane") }
    // Only folders that are there are named.
    #expect((line != nil) == folders.contains { $0 != "crane" }, "\(output)")
    if let line { #expect(line.split(separator: " for class ").count - 1 == folders.count) }
  }

  @Test("a move can be undone with the command of the last line")
  func moves() throws {
    let before = try files("photos")
    let output = try classify(
      bench.path("photos"), "--sort-into", bench.path("it's sorted"), "--move", "--threshold", "1")
    #expect(output.status == 1)
    #expect(try files("photos") == ["dark/bad.jpg"])
    let sorted = try files("it's sorted")
    #expect(sorted.count == 21 && sorted.contains("undo.sh"))
    // No probability is 1.
    #expect(sorted.count { $0.hasPrefix("unsure/") } == 20)
    let last = try #require(output.standardError.split(separator: "\n").last)
    #expect(last.hasPrefix("to undo: sh '"))
    let undo = try CommandLineTool.run(
      URL(filePath: "/bin/sh"), ["-c", String(last.dropFirst("to undo: ".count))])
    #expect(undo.status == 0 && undo.standardError.isEmpty, "\(undo.standardError)")
    #expect(undo.standardOutput == "20 photos moved back\n")
    #expect(try files("photos") == before)
    #expect(!manager.fileExists(atPath: bench.path("it's sorted")))
  }

  @Test("photos in folders that effnet sorted are left out, unless they are named")
  func sortedBefore() throws {
    try manager.removeItem(atPath: bench.path("photos/dark/bad.jpg"))
    let (photos, sorted) = (bench.path("photos"), bench.path("photos/sorted"))
    #expect(try classify(photos, "--sort-into", sorted).status == 0)
    let note =
      "note: 20 photos in folders that effnet sorted left out, such as \(sorted); to use the "
      + "photos in one, name it\n"
    let other = try classify(photos, "--sort-into", bench.path("other"))
    #expect(other.standardError.contains(note) && other.lines.count == 20, "\(other)")
    try bench.folder.writeTwoShades("examples", from: 10)
    let labelled = try bench.run([
      "label", photos, "--examples", bench.path("examples"), "--weights", weights,
    ])
    #expect(labelled.standardError.contains(note) && labelled.lines.count == 20, "\(labelled)")
    let named = try classify(sorted, "--sort-into", bench.path("named"))
    #expect(!named.standardError.contains("left out") && named.lines.count == 20, "\(named)")
    // Without --sort-into, all photos are classified.
    #expect(try classify(photos).lines.count == 40)
    try manager.removeItem(atPath: bench.path("photos/dark"))
    try manager.removeItem(atPath: bench.path("photos/light"))
    try bench.expectFailure(
      ["classify", photos, "--weights", weights, "--sort-into", bench.path("last")], status: 2,
      "effnet sorted all photos already, into folders such as \(sorted); to use the photos in one, "
        + "name it")
  }

  @Test("label sorts by the classes of its examples; links lead to the photos")
  func label() throws {
    try bench.folder.writeTwoShades("examples")
    try manager.removeItem(atPath: bench.path("photos/dark/bad.jpg"))
    let arguments = [
      "label", "--examples", bench.path("examples"), "--photos", bench.path("photos"),
      "--weights", weights, "--threads", "1",
    ]
    let output = try CommandLineTool.effnet(
      arguments: arguments + ["--sort-into", bench.path("sorted"), "--link", "--json", "--quiet"])
    #expect(output.status == 0 && output.standardError.isEmpty, "\(output.standardError)")
    for line in output.lines.dropFirst() {
      let line = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
      let (label, destination) = (try #require(line.label), try #require(line.destination))
      #expect(destination.hasPrefix("\(bench.path("sorted"))/\(label)/"))
      #expect(try manager.destinationOfSymbolicLink(atPath: destination) == line.path)
    }
    #expect(try files("sorted").count == 20)
    for folder in ["examples", "examples/new", "examples/dark"] {
      let refused = try CommandLineTool.effnet(
        arguments: arguments + ["--sort-into", bench.path(folder)])
      #expect(refused.status == 2, "\(folder)")
      #expect(refused.standardError.contains("would add photos to the examples"))
    }
  }

  @Test("label leaves out its examples, by any path to them, and moves the other photos")
  func examplesStay() throws {
    try bench.folder.writeTwoShades("photos/examples")
    try manager.removeItem(atPath: bench.path("photos/dark/bad.jpg"))
    try manager.createSymbolicLink(
      atPath: bench.path("link"), withDestinationPath: "photos/examples")
    let examples = try files("photos/examples")
    let arguments = [
      "label", "--examples", bench.path("link"), "--weights", weights, "--threads", "1",
      "--sort-into", bench.path("sorted"), "--move",
    ]
    let output = try CommandLineTool.effnet(
      arguments: arguments + ["--photos", bench.path("photos")])
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardError.contains("note: \(examples.count) photos left out, as examples\n"))
    #expect(output.lines.count == 20 && !output.standardOutput.contains("/examples/"))
    #expect(try files("photos") == examples.map { "examples/\($0)" })
    #expect(try files("sorted").count == 21)
    try bench.expectFailure(
      arguments + ["--photos", bench.path("photos/examples")], status: 2,
      "all photos to sort are examples")
  }

  @Test("the file of --csv is outside of the folder, also by a link")
  func csvInside() throws {
    let (photos, sorted) = (bench.path("photos"), bench.path("sorted"))
    try manager.createDirectory(atPath: "\(sorted)/dark", withIntermediateDirectories: true)
    _ = try bench.folder.file("sorted/undo.sh", contents: "exit 0\n")
    try manager.createSymbolicLink(
      atPath: bench.path("link.csv"), withDestinationPath: "sorted/undo.sh")
    try manager.createSymbolicLink(atPath: bench.path("other"), withDestinationPath: "sorted")
    for csv in ["sorted/undo.sh", "sorted/dark/0.png", "other/x.csv", "link.csv"] {
      let arguments = ["--weights", weights, "--sort-into", sorted, "--csv", bench.path(csv)]
      try bench.expectFailure(
        ["classify", photos] + arguments, status: 2, "is in --sort-into \(sorted)")
      try bench.expectFailure(
        ["label", "--examples", photos, "--photos", photos] + arguments, status: 2,
        "is in --sort-into \(sorted)")
    }
  }

  @Test("a note counts the photos that a threshold would put into unsure")
  func improbablePhotos() throws {
    let sorted = bench.path("sorted")
    func note(
      _ threshold: Double?, _ probabilities: Double..., unlike: Int? = nil
    ) throws -> String? {
      let sorting = Sorting(
        try PhotoSorter(
          into: sorted, classes: ["dog", "cat"], action: .link, threshold: threshold),
        hasThreshold: threshold != nil)
      for (number, probability) in probabilities.enumerated() {
        let place = try sorting.put(
          bench.path("photos/dark/\(number).png"), inClass: 0, probability: probability,
          isUnlike: number == unlike)
        let isUnsure = threshold.map { number == unlike || probability < $0 } ?? false
        #expect(place?.path.hasPrefix("\(sorted)/\(isUnsure ? "unsure" : "dog")/") == true)
      }
      return sorting.improbableNote
    }
    let end = "; --threshold 0.6 puts such photos into \(sorted)/unsure"
    #expect(try note(nil, 0.31, 0.6, 0.59) == "note: 2 of 3 photos have less than 60 %\(end)")
    #expect(
      try note(nil, 0.9, 0.98, unlike: 1)
        == "note: 1 of 2 photos has less than 60 % or no similar example\(end)")
    #expect(try note(nil, 0.6, 1) == nil)
    #expect(try note(0.5, 0.31, 0.98, unlike: 1) == nil)
    #expect(try note(0, 0.31, 0.98, unlike: 1) == nil)
  }

  @Test("many folders of a network's own classes suggest a few with label")
  func manyFolders() throws {
    let copies = try SortOptions.parse(["--sort-into", "sorted/"])
    let start =
      "for a few folders of your own: copy some photos of each kind from these folders into "
      + "examples/KIND, then: effnet label "
    let end = " --examples examples --sort-into sorted-2"
    #expect(copies.adviceToLabel(["my photos"], folders: 21) == start + "'my photos'" + end)
    #expect(copies.adviceToLabel(["my photos"], folders: 20) == nil)
    #expect(copies.adviceToLabel(["-"], folders: 21) == nil)
    // Moved photos are in their new place.
    let moves = try SortOptions.parse(["--sort-into", "sorted", "--move"])
    #expect(moves.adviceToLabel(["my photos"], folders: 21) == start + "sorted" + end)
  }

  @Test("Ctrl-C before the first photo prints no summary of the sorting")
  func interruptionBeforeTheFirstPhoto() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      let sorting = Sorting(
        try PhotoSorter(into: "/none", classes: ["cat"], action: .copy), hasThreshold: false)
      var table: CSVTable?
      do {
        _ = try showResults(
          of: [], by: "net.safetensors", &table, sorting, isQuiet: false,
          forEach: { _ in throw Interruption(exitCode: 130) },
          show: { (_: String, _: Result<Int, any Error>, _: inout CSVTable?) in })
      } catch let interruption as Interruption {
        StandardError.write(interruption.message)
      }
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("stopped before the first photo; nothing was written"), "\(text)")
    #expect(!text.contains("copied into"), "\(text)")
  }

  @Test("wrong options are usage errors, and change no file")
  func errors() throws {
    let photos = bench.path("photos")
    let start = ["classify", photos, "--weights", weights]
    for (arguments, words) in [
      (["--move"], "--link, --move and --threshold need --sort-into"),
      (["--threshold", "0.5"], "need --sort-into"),
      (["--sort-into", "x", "--link", "--move"], "cannot be used together"),
      (
        ["--sort-into", "x", "--threshold", "30"],
        "--threshold is 30; it must be from 0 to 1; did you mean 0.3?"
      ),
      (["--sort-into", "x", "--threshold=-1"], "--threshold is -1.0; it must be from 0 to 1"),
      (["--sort-into", ""], "--sort-into needs a folder"),
      (["--sort-into", photos], "all photos are in \(photos), the folder of --sort-into"),
    ] {
      try bench.expectFailure(start + arguments, status: 2, words)
    }
    try bench.expectFailure(
      start + ["--sort-into", "\(photos)/dark/bad.jpg"], status: 1, "it is not a folder")
    try bench.expectFailure(
      ["label", "--examples", photos, "--sort-into", "x"], status: 2,
      "--sort-into needs photos to label")
  }

  /// Runs effnet, and sends Ctrl-C after its second line, since the first may be about examples. The
  /// lines must be more than a pipe holds: effnet then waits for the signal in the middle of the
  /// photos. They are written to the file "results".
  private func interrupt(_ words: [String]) throws -> CommandLineTool.Output {
    let effnet = CommandLineTool.buildFolder.appending(path: "effnet").path
    return try CommandLineTool.run(
      URL(filePath: "/bin/bash"),
      [
        "-c",
        """
        mkfifo pipe
        "$@" > pipe &
        exec 3< pipe
        IFS= read -r first <&3
        IFS= read -r second <&3
        kill -INT $!
        { printf '%s\\n' "$first" "$second"; cat <&3; } > results
        wait $!
        """, "bash", effnet,
      ] + words, folder: bench.folder.url)
  }

  @Test("after Ctrl-C every photo is at its old or its new place, and the move can be undone")
  func interruption() throws {
    let photo = CommandLineTool.root.appending(path: "Examples/photos/cat.png").path
    try manager.createDirectory(atPath: bench.path("many"), withIntermediateDirectories: true)
    try manager.copyItem(atPath: photo, toPath: bench.path("cat.png"))
    // Long names fill the pipe.
    let ending = String(repeating: "x", count: 200) + ".png"
    for number in 0..<1000 {
      try manager.linkItem(
        atPath: bench.path("cat.png"), toPath: bench.path("many/\(number)\(ending)"))
    }
    let output = try interrupt([
      "classify", "many", "--weights", weights, "--sort-into", "sorted", "--move", "--json",
    ])
    #expect(output.status == 130)
    let moved = try files("sorted").count - 1
    #expect(
      output.standardError.hasSuffix(
        "to undo: sh sorted/undo.sh\nstopped after \(moved) of 1,000 photos; sorted photos stay "
          + "sorted, and the same command sorts the others\n"), "\(output.standardError)")
    #expect(try 1..<1000 ~= moved && files("many").count == 1000 - moved)
    let undo = try CommandLineTool.run(
      URL(filePath: "/bin/sh"), [bench.path("sorted/undo.sh")], folder: URL(filePath: "/"))
    #expect(undo.status == 0 && undo.standardError.isEmpty)
    #expect(try files("many").count == 1000)
  }

  @Test("label stops at Ctrl-C with exit code 130, and keeps its finished rows")
  func labelInterruption() throws {
    try manager.removeItem(atPath: bench.path("photos/dark/bad.jpg"))
    let photo = CommandLineTool.root.appending(path: "Examples/photos/cat.png").path
    let list = Array(repeating: photo, count: 3000)
    _ = try bench.folder.file("x.csv.partial", contents: "mine")
    let output = try interrupt(
      [
        "label", "--examples", "photos", "--weights", weights, "--csv", "x.csv", "--json",
        "--photos",
      ] + list)
    #expect(output.status == 130)
    #expect(try bench.folder.text("x.csv.partial") == "mine")
    #expect(try !bench.folder.names.contains("x.csv"))
    #expect(output.standardError.contains(" of 3,000 photos; x.csv.partial-2 has their rows"))
    // The first line is about the examples.
    let results = try bench.folder.text("results")
    let rows = try bench.folder.text("x.csv.partial-2")
    #expect(results.split(separator: "\n").count == rows.split(separator: "\n").count)
  }

  @Test("a named HEIC file is an error with the format and the remedy")
  func heic() throws {
    let file = bench.path("IMG_1.HEIC")
    try Data("\0\0\0 ftypheic\0\0\0\0mif1heic".utf8).write(to: URL(filePath: file))
    let output = try classify(file)
    #expect(output.status == 1)
    #expect(
      output.standardError
        == "effnet: \(file) has the format HEIC, which cannot be read; "
        + "convert it to JPEG with heif-convert (package libheif-examples); "
        + "'effnet classify --help' has the commands that convert pictures\n")
  }
}
