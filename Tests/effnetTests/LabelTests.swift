import EfficientNet
import EfficientNetFeatures
import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

@Suite("effnet label")
struct LabelTests: FeatureSuite {
  let bench: Workbench
  let weights: String

  init() throws { (bench, weights) = try Self.fixture() }

  @Test("label puts photos into the classes of its examples", arguments: ["centroid", "logistic"])
  func label(classifier: String) throws {
    try bench.folder.writeTwoShades("examples")
    try bench.folder.writeTwoShades("photos2", from: 10)
    let output = try bench.effnet(
      "label", "--examples", bench.path("examples"), "--photos", bench.path("photos2"),
      "--weights", weights, "--classifier", classifier, "--json", "--quiet", "--csv",
      bench.path("x.csv"))
    struct Line: Decodable {
      struct Validation: Decodable {
        let top1: Double?
        let top1_interval: [Double]?
        let top1_count, images: Int
      }
      let classes: [String]?
      let validation: Validation?
      let path: String?
      let label: String?
      let example, unlike_examples: Bool?
      let probability: Double?
      let probabilities: [String: Double]?
    }
    let lines = try output.jsonLines(Line.self)
    #expect(lines[0].classes == ["dark", "light"] && lines[0].validation?.images == 20)
    #expect(try #require(lines[0].validation?.top1) > 0.8)
    #expect(lines.count == 21)
    let right = lines.dropFirst().filter { $0.path?.contains("/\($0.label ?? "")/") == true }
    #expect(right.count >= 15)
    for line in lines.dropFirst() {
      #expect(line.example == false && line.probability != nil && line.unlike_examples != nil)
      #expect(line.probability == line.probabilities?[line.label ?? ""])
    }
    let csv = try bench.folder.text("x.csv")
    #expect(csv.hasPrefix("path,label,probability,unlike,error,kind\n"))
    #expect(csv.split(separator: "\n").count == 21)
    for line in lines.dropFirst() {
      let values = "\(line.label ?? ""),\(line.probability ?? -1),\(line.unlike_examples ?? true),"
      #expect(csv.contains("\(line.path ?? ""),\(values),\n"), "\(values)")
    }
    let only = try bench.effnet(
      "label", "--examples", bench.path("examples"), "--weights", weights, "--classifier",
      classifier, "--quiet")
    #expect(
      only.standardOutput.hasPrefix("2 classes, 20 examples, \(classifier); leave-one-out accuracy")
    )
    let correct = try #require(lines[0].validation?.top1_count)
    #expect(only.standardOutput.contains(" accuracy \(correct) of 20 ("))
    let interval = try #require(lines[0].validation?.top1_interval)
    #expect(interval.count == 2 && interval[0] < interval[1] && interval[1] <= 1)
  }

  @Test(
    "examples and copies of them keep their class, and are marked",
    arguments: ["centroid", "logistic"])
  func examples(classifier: String) throws {
    try bench.folder.writeTwoShades("examples")
    try bench.folder.writeTwoShades("holiday", from: 10)
    try bench.folder.copy("examples/light/3.png", to: "holiday/dark/copy.png")
    let (copy, example) = (bench.path("holiday/dark/copy.png"), bench.path("examples/dark/1.png"))
    let arguments = [
      "label", "--examples", bench.path("examples"), "--weights", weights, "--classifier",
      classifier, "--threads", "1", "--photos", bench.path("holiday"), example,
    ]
    let output = try bench.run(arguments + ["--csv", bench.path("x.csv")])
    #expect(output.status == 0 && output.lines.count == 22, "\(output)")
    #expect(
      output.lines.filter { $0.hasSuffix("(example)") }
        == ["\(copy): light (example)", "\(example): dark (example)"])
    #expect(output.lines.count { $0.contains(" %") } == 20)
    #expect(
      output.standardError.contains(
        "\n2 photos are among the examples, so not labelled by the classifier\n"))
    let csv = try bench.folder.text("x.csv")
    #expect(csv.contains("\(copy),light,,,,\n") && csv.hasSuffix("\(example),dark,,,,\n"))
    let json = try bench.run(arguments + ["--json", "--quiet"])
    #expect(json.standardError.isEmpty)
    #expect(
      json.lines.last.map(String.init)
        == "{\"example\":true,\"label\":\"dark\",\"path\":\"\(example)\"}")
  }

  @Test("a photo that cannot be read has the error and its kind in the CSV file")
  func badPhoto() throws {
    try bench.folder.writeTwoShades("examples")
    let bad = try bench.folder.file("notes.jpg", contents: "no picture").path
    let output = try CommandLineTool.effnet(
      "label", "--examples", bench.path("examples"), "--weights", weights, "--photos", bad,
      "--csv", bench.path("x.csv"), "--quiet")
    #expect(output.status == 1)
    let csv = try bench.folder.text("x.csv")
    #expect(csv.hasSuffix("\n\(bad),,,,\"is not a JPEG, PNG or WebP picture\",notAPicture\n"))
  }

  /// The first line of --json.
  private struct Examples: Decodable {
    struct Validation: Decodable {
      let top1_count, images: Int
      let wrong: [Wrong]
      let thresholds: [Threshold]
    }
    struct Wrong: Decodable {
      let path, truth, prediction: String
      let probability: Double
    }
    struct Threshold: Decodable {
      let threshold: Double
      let examples, wrong: Int
    }
    let model, network: String
    let examples, copies: Int
    let validation: Validation
  }

  @Test(
    "a copy of an example of its class does not count, and is noted",
    arguments: ["centroid", "logistic"])
  func copies(classifier: String) throws {
    try bench.folder.writeTwoShades("examples")
    let arguments = [
      "label", "--examples", bench.path("examples"), "--weights", weights, "--classifier",
      classifier, "--threads", "1",
    ]
    let before = try bench.run(arguments)
    #expect(before.status == 0 && before.standardError.isEmpty, "\(before)")
    let finder = "; to list them: effnet duplicates \(bench.path("examples"))\n"
    for (name, note) in [
      ("dark/1", "1 example left out, as a copy of another"),
      ("dark/2", "2 examples left out, as copies of others"),
      ("light/1", "3 examples left out, as copies of others"),
    ] {
      try bench.folder.copy("examples/\(name).png", to: "examples/\(name)b.png")
      let after = try bench.run(arguments)
      #expect(after.standardOutput == before.standardOutput)
      #expect(after.standardError == "note: \(note)\(finder)")
    }
    let json = try bench.run(arguments + ["--json"])
    let line = try json.json(Examples.self)
    #expect(line.examples == 20 && line.copies == 3 && line.validation.images == 20)
    // The command for copies reads folders only.
    let photos = ["dark/1", "dark/1b", "dark/2", "light/1", "light/2"]
    let table = try bench.folder.file(
      "examples/t.csv",
      contents: "path,label\n" + photos.map { "\($0).png,\($0.prefix { $0 != "/" })\n" }.joined())
    let listed = try bench.run([
      "label", "--examples", table.path, "--weights", weights, "--classifier", classifier,
    ])
    #expect(listed.standardError.contains("left out, as a copy of another\n"), "\(listed)")
  }

  @Test("examples with a wrong class are listed, after the note on a class 'other'")
  func wrongExamples() throws {
    // Every picture is in both classes. Without it, only its copy in the other class is known.
    try bench.folder.writeTwoShades("examples")
    try bench.folder.move("examples/light", to: "light")
    try bench.folder.copy("examples/dark", to: "examples/other")
    // A second copy in the second class is left out.
    try bench.folder.copy("examples/other/3.png", to: "examples/other/3b.png")
    let arguments = [
      "label", "--examples", bench.path("examples"), "--weights", weights, "--threads", "1",
      "--classifier", "logistic",
    ]
    let output = try bench.run(arguments)
    #expect(
      output.status == 0
        && output.standardError
          == "note: 1 example left out, as a copy of another; to list them: effnet duplicates "
          + "\(bench.path("examples"))\n"
          + "note: 10 examples are the same pictures as examples of another class, such as "
          + "\(bench.path("examples/dark/0.png")) and \(bench.path("examples/other/0.png")); photos "
          + "that are copies of them get the class of the first; remove the wrong ones\n",
      "\(output)")
    #expect(output.lines[0].contains("accuracy 0 of 20 ("), "\(output)")
    #expect(
      output.lines[1...2] == [
        "a class 'other' is difficult, so the accuracy is often lower with it; the sorted photos are "
          + "better",
        "20 examples look like another class; some may be in the wrong folder, keep the others:",
      ])
    let wrong = output.lines.compactMap {
      $0.wholeMatch(of: /(.+), labelled (dark|other), predicted (dark|other) ([\d.]+) %/)
    }
    #expect(wrong.count == 20 && wrong.allSatisfy { $0.2 != $0.3 }, "\(output)")
    let json = try bench.run(arguments + ["--json"])
    let line = try json.json(Examples.self)
    let all = line.validation.wrong
    #expect(line.model == "tiny-silu.safetensors" && line.network == "tiny-silu")
    #expect(all.map(\.path) == wrong.map { String($0.1) })
    #expect(all.map(\.probability) == all.map(\.probability).sorted(by: >))
    #expect(all.allSatisfy { $0.truth != $0.prediction && $0.path.contains("/\($0.truth)/") })
    // With photos, one line says how to list them.
    let photos = try bench.run(arguments + ["--photos", bench.path("light")])
    #expect(
      photos.standardError.contains(
        "better\n20 examples look like another class; some may be in the wrong folder, keep the "
          + "others; without photos, 'effnet label' lists them\n"), "\(photos)")
    #expect(photos.lines.count == 10)
  }

  @Test("a threshold sorts examples and photos of at least this probability that are not unlike")
  func thresholdTable() throws {
    let angles = [0, 10, 25, 48, 90, 80, 70, 43, 200].map { Double($0) * .pi / 180 }
    let examples = try LabelledFeatures(
      classes: ["a", "b"], rows: angles.map { [Float(cos($0)), Float(sin($0))] },
      labels: [0, 0, 0, 0, 1, 1, 1, 1, 1])
    // The probabilities are 0.96, 0.94, 0.88, 0.50, 0.93, 0.87, 0.76, 0.82 (wrong) and 0.81.
    let classifier = FewShotClassifier(examples, method: .centroid, pool: ThreadPool(threads: 1))
    var table = ThresholdTable(classifier.validation, classes: classifier.classes, chosen: 0.7)
    for (probability, isUnlike) in [(0.7, false), (0.97, true), (0.92, false)] {
      table.count(probability, isUnlike: isUnlike)
    }
    #expect(
      table.lines(hasPhotos: true) == [
        "threshold  examples sorted  wrong examples  photos sorted",
        "none                     9               1              3",
        "0.6                      8               1              2",
        "0.7                      8               1              2",
        "0.8                      7               1              1",
        "0.9                      3               0              1",
        "0.95                     1               0              0",
      ])
    // A threshold that was chosen needs no advice.
    let advised = ThresholdTable(
      classifier.validation, classes: classifier.classes, chosen: nil
    ).lines(hasPhotos: false)
    #expect(
      advised.suffix(2) == [
        "to choose --threshold: take the lowest one with no more wrong examples than you accept",
        "these examples show only your classes; a photo of something else can pass every "
          + "threshold, so look through the sorted folders, too",
      ])
    // Without mistakes, the table does not tell where to start.
    let right = FewShotClassifier(
      try LabelledFeatures(
        classes: ["a", "b"], rows: [[1, 0], [1, 0.1], [0, 1], [0.1, 1]], labels: [0, 0, 1, 1]),
      method: .centroid, pool: ThreadPool(threads: 1))
    #expect(
      ThresholdTable(right.validation, classes: ["a", "b"], chosen: nil).lines(hasPhotos: false)
        .contains(
          "none of these examples is wrong, so the table does not show which --threshold to take: "
            + "start with 0.8"))
    let single = try LabelledFeatures(
      classes: ["a", "b"], rows: [[1, 0], [0, 1]], labels: [0, 1])
    let untested = FewShotClassifier(single, method: .centroid, pool: ThreadPool(threads: 1))
    #expect(
      ThresholdTable(untested.validation, classes: ["a", "b"], chosen: nil).lines(hasPhotos: true)
        .isEmpty)
    // A class for photos of none of the others: the wrong one is of it.
    let others = ThresholdTable(
      classifier.validation, classes: ["a", "Other"], chosen: nil
    ).lines(hasPhotos: false)
    #expect(
      others.prefix(4) == [
        "threshold  examples sorted  wrong examples  'Other' in a class",
        "none                     9               1                   1",
        "0.6                      8               1                   1",
        "0.8                      7               1                   1",
      ])
    #expect(
      others.last
        == "to choose --threshold: take the lowest one with no more 'Other' in a class than you "
        + "accept: photos of other things may go into 'Other' or into unsure alike; the column knows "
        + "only such things as your examples of 'Other'")
    // One rule only.
    #expect(others.count == 7)
    // A class without known photos has no column.
    let none = ThresholdTable(
      classifier.validation, classes: ["a", "b", "other"], chosen: nil
    ).lines(hasPhotos: false)
    #expect(none[0] == "threshold  examples sorted  wrong examples" && none.last == advised.last)
  }

  @Test(
    "a table shows what each threshold sorts, as --json does", arguments: ["centroid", "logistic"])
  func thresholds(classifier: String) throws {
    try bench.folder.writeTwoShades("examples")
    try bench.folder.writeTwoShades("photos2", from: 10)
    let arguments = [
      "label", "--examples", bench.path("examples"), "--weights", weights, "--classifier",
      classifier, "--threads", "1", "--photos", bench.path("photos2"),
    ]
    let sorting = ["--sort-into", bench.path("sorted"), "--threshold", "0.7"]
    let output = try bench.run(arguments + sorting)
    #expect(output.status == 0, "\(output)")
    let lines = output.standardError.split(separator: "\n").map(String.init)
    try #require(lines.count > 8, "\(output)")
    // The last line is the way back.
    #expect(!output.standardError.contains("to choose --threshold"), "\(output)")
    let look =
      "look through all folders: each can have photos that show none of your classes, even "
    let other =
      "put such photos into \(bench.path("examples"))/other, and sort again into a new folder"
    #expect(
      lines.suffix(3).dropLast() == [look + "with 100 %", other], "\(output)")
    #expect(lines.last?.hasPrefix("to undo, delete the new folder: rm -r ") == true, "\(output)")
    let table = lines.drop { !$0.hasPrefix("threshold  ") }.prefix(7)
      .map { $0.split(separator: " ").map(String.init) }
    try #require(table.count == 7, "\(output)")
    #expect(
      table[0] == ["threshold", "examples", "sorted", "wrong", "examples", "photos", "sorted"])
    #expect(table.dropFirst().map { $0[0] } == ["none", "0.6", "0.7", "0.8", "0.9", "0.95"])

    let json = try bench.run(arguments + ["--json", "--quiet"])
    #expect(json.standardError.isEmpty && json.lines.count == 21)
    let validation = try JSONDecoder().decode(
      Examples.self, from: Data(json.lines[0].utf8)
    ).validation
    let wrong = validation.images - validation.top1_count
    #expect(table[1] == ["none", "20", "\(wrong)", "20"] && validation.images == 20)
    #expect(validation.thresholds.map(\.threshold) == [0.6, 0.8, 0.9, 0.95])
    struct Photo: Decodable {
      let probability: Double
      let unlike_examples: Bool
    }
    let photos = try json.lines.dropFirst().map {
      try JSONDecoder().decode(Photo.self, from: Data($0.utf8))
    }
    for row in validation.thresholds {
      let sorted = photos.count { !$0.unlike_examples && $0.probability >= row.threshold }
      #expect(
        table.contains([
          "\(row.threshold)", "\(row.examples)", "\(row.wrong)", "\(sorted)",
        ]), "\(table)")
    }
    // The row of the chosen threshold is what was sorted.
    let unsure = try? bench.folder.names("sorted/unsure")
    #expect(table[3][3] == "\(20 - (unsure?.count ?? 0))")

    // Photos unlike the examples are below 0, too.
    let zero = try bench.run(arguments + ["--sort-into", bench.path("zero"), "--threshold", "0"])
    let unlike = photos.count { $0.unlike_examples }
    let left = try? bench.folder.names("zero/unsure")
    #expect(zero.status == 0 && (left?.count ?? 0) == unlike, "\(zero)")
    let row = zero.standardError.split(separator: "\n").first { $0.hasPrefix("0.0 ") }
    #expect(row?.split(separator: " ").last == "\(20 - unlike)", "\(zero)")

    // Without photos, the table is part of the result.
    let only = try bench.run(Array(arguments.dropLast(2)))
    #expect(only.lines.contains { $0.hasPrefix("threshold  examples sorted  wrong") }, "\(only)")
    #expect(!only.standardOutput.contains("photos sorted"))
    let one = try bench.run(Array(arguments.dropLast()) + [bench.path("photos2/dark/10.png")])
    #expect(one.status == 0 && !one.standardError.contains("threshold"), "\(one)")
  }

  @Test("label refuses unusable examples")
  func labelErrors() throws {
    let folder = bench.path("photos")
    try bench.expectFailure(
      ["label", "--examples", folder, "--weights", weights], status: 1, "has one class only, 'sub'")
    try bench.folder.make("none")
    try bench.expectFailure(
      ["label", "--examples", bench.path("none"), "--weights", weights], status: 1,
      "has no photos;")
    try write(picture(1), "one/cat/a.png")
    try bench.expectFailure(
      ["label", "--examples", bench.path("one"), "--weights", weights, "--quiet"], status: 1,
      "has one class only, 'cat'")
    try bench.expectFailure(
      ["label", "--examples", bench.path("missing"), "--weights", weights], status: 1, "missing")
    try bench.expectFailure(
      ["label", "--examples", folder, "--csv", "x.csv"], status: 2,
      "--csv needs photos to label; name some")
  }

  @Test("many photos unlike the examples need more examples")
  func unlikeCounts() {
    func lines(labelled: Int, unlike: Int, examples: Int = 0) -> [String] {
      var counts = LabelCounts()
      for number in 0..<labelled { counts.add(isExample: false, isUnlike: number < unlike) }
      for _ in 0..<examples { counts.add(isExample: true, isUnlike: false) }
      return counts.lines
    }
    let more =
      "if many of the marked photos show your classes, give more examples of different scenes: at "
      + "least 15 to 20 of each class"
    let others =
      "a photo without the mark can show none of your classes, too, even with 100 %: the "
      + "percentages only compare your classes with each other"
    #expect(
      lines(labelled: 69, unlike: 50) == [
        "50 photos are marked \"(unlike the examples)\"; every value of --threshold puts these 50 "
          + "into unsure", others, more,
      ])
    #expect(
      lines(labelled: 20, unlike: 1) == [
        "1 photo is marked \"(unlike the examples)\"; every value of --threshold puts it into "
          + "unsure", others,
      ])
    #expect(lines(labelled: 20, unlike: 5).last == others)
    #expect(lines(labelled: 20, unlike: 6).last == more)
    #expect(lines(labelled: 9, unlike: 0).isEmpty)
    #expect(
      lines(labelled: 0, unlike: 0, examples: 2)
        == ["2 photos are among the examples, so not labelled by the classifier"])
  }

  @Test("photos are arguments or values of --photos")
  func photoArguments() throws {
    try bench.folder.writeTwoShades("examples")
    try bench.folder.writeTwoShades("photos2", from: 10)
    let start = ["label", "--examples", bench.path("examples"), "--weights", weights, "--quiet"]
    let (dark, light) = (bench.path("photos2/dark"), bench.path("photos2/light"))
    let option = try bench.run(start + ["--photos", dark, light])
    #expect(option.status == 0 && option.lines.count == 20, "\(option)")
    for arguments in [
      [dark, light] + start.dropFirst(), [dark] + start.dropFirst() + ["--photos", light],
    ] {
      let output = try bench.run(["label"] + arguments)
      #expect(output.standardOutput == option.standardOutput, "\(output)")
    }
  }

  @Test("label accepts the same photos as train")
  func labelListing() throws {
    try bench.folder.writeTwoShades("examples/train")
    try bench.folder.writeTwoShades("examples/valid")
    for name in ["examples/LICENSE", "examples/train/Thumbs.db", "examples/__MACOSX/train/._a.png"]
    {
      try FileManager.default.createDirectory(
        at: bench.folder.url.appending(path: name).deletingLastPathComponent(),
        withIntermediateDirectories: true)
      _ = try bench.folder.file(name, contents: "x")
    }
    try bench.folder.make("examples/train/empty")
    let output = try run(
      "label", "--examples", bench.path("examples"), "--weights", weights, "--threads", "1")
    #expect(output.status == 0)
    #expect(output.standardOutput.hasPrefix("2 classes, 20 examples"), "\(output)")
    for words in [
      "1 file left out: '\(bench.path("examples"))/LICENSE'",
      "a class left out (no photos): 'empty'", "20 photos for validation left out",
    ] {
      #expect(output.standardError.contains("note: \(words)"), "\(output.standardError)")
    }
    // The same photos in a table and in an archive.
    let photos = ["dark/1.png", "dark/2.png", "light/1.png", "light/2.png"]
    _ = try bench.folder.file(
      "examples/train/t.csv",
      contents: "path,label\n"
        + photos.map { "\($0),\($0.prefix { $0 != "/" })\n" }.joined())
    let tar = try CommandLineTool.run(
      URL(filePath: "/usr/bin/env"),
      ["tar", "-C", bench.path("examples/train"), "-cf", bench.path("t.tar")] + photos)
    #expect(tar.status == 0)
    for path in [bench.path("examples/train/t.csv"), bench.path("t.tar")] {
      let output = try bench.effnet(
        "label", "--examples", path, "--weights", weights, "--threads", "1", "--quiet")
      #expect(output.standardOutput.hasPrefix("2 classes, 4 examples"))
    }
  }

  @Test("classes whose names differ only in Unicode form are two classes")
  func unicodeClasses() throws {
    try bench.folder.writeTwoShades("examples")
    // "é" as two characters and as one.
    let names = ["e\u{301}", "\u{E9}"]
    for (shade, name) in zip(["dark", "light"], names) {
      try FileManager.default.moveItem(
        atPath: bench.path("examples/\(shade)"), toPath: "\(bench.path("examples"))/\(name)")
    }
    try bench.folder.writeTwoShades("others", from: 10)
    let photo = bench.path("others/light/13.png")
    let output = try CommandLineTool.effnet(
      "label", "--examples", bench.path("examples"), "--photos", "-", "--weights", weights,
      "--json", "--quiet", input: photo + "\n")
    #expect(output.status == 0 && output.standardError.isEmpty)
    try #require(output.lines.count == 2)
    struct Examples: Decodable {
      struct Validation: Decodable {
        let top1: Double
        let images: Int
      }
      let classes: [String]
      let validation: Validation
    }
    let examples = try JSONDecoder().decode(Examples.self, from: Data(output.lines[0].utf8))
    #expect(Set(examples.classes.map { Array($0.utf8) }) == Set(names.map { Array($0.utf8) }))
    #expect(examples.validation.images == 20 && examples.validation.top1 > 0.8)
    // Compares bytes, because the strings would be equal.
    let line = Data(output.lines[1].utf8)
    for text in names.map({ "\"\($0)\":" }) + ["\"label\":\"\(names[1])\"", photo] {
      #expect(line.range(of: Data(text.utf8)) != nil, "\(text)")
    }
  }

  @Test("an unwritable table is an error before the work")
  func earlyOutput() throws {
    try bench.folder.writeTwoShades("examples")
    let csv = bench.path("none/x.csv")
    try bench.expectFailure(
      [
        "label", "--examples", bench.path("examples"), "--photos", bench.path("photos"),
        "--weights", weights, "--json", "--quiet", "--csv", csv,
      ], status: 1, csv)
  }
}
