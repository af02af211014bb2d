import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("effnet label")
struct LabelTests: FeatureSuite {
  let bench: Workbench
  let weights: String

  init() throws { (bench, weights) = try Self.fixture() }

  @Test(
    "label puts photos into the classes of its examples", arguments: ["centroid", "logistic"])
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
    let lines = try output.lines.map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    #expect(lines[0].classes == ["dark", "light"] && lines[0].validation?.images == 20)
    #expect(try #require(lines[0].validation?.top1) > 0.8)
    #expect(lines.count == 21)
    let right = lines.dropFirst().filter { $0.path?.contains("/\($0.label ?? "")/") == true }
    #expect(right.count >= 15)
    for line in lines.dropFirst() {
      #expect(line.example == false && line.probability != nil && line.unlike_examples != nil)
      #expect(line.probability == line.probabilities?[line.label ?? ""])
    }
    let csv = try String(contentsOfFile: bench.path("x.csv"), encoding: .utf8)
    #expect(csv.hasPrefix("path,label,probability,error,kind\n"))
    #expect(csv.split(separator: "\n").count == 21)
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
    try FileManager.default.copyItem(
      atPath: bench.path("examples/light/3.png"), toPath: bench.path("holiday/dark/copy.png"))
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
      output.standardError.hasSuffix(
        "\n2 photos are among the examples, so not labelled by the classifier\n"))
    let csv = try String(contentsOfFile: bench.path("x.csv"), encoding: .utf8)
    #expect(csv.contains("\(copy),light,,,\n") && csv.hasSuffix("\(example),dark,,,\n"))
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
    let csv = try String(contentsOfFile: bench.path("x.csv"), encoding: .utf8)
    #expect(csv.hasSuffix("\n\(bad),,,\"is not a JPEG, PNG or WebP picture\",notAPicture\n"))
  }

  @Test("label refuses unusable examples")
  func labelErrors() throws {
    let folder = bench.path("photos")
    try bench.expectFailure(
      ["label", "--examples", folder, "--weights", weights], status: 1, "has one class only, 'sub'")
    try FileManager.default.createDirectory(
      atPath: bench.path("none"), withIntermediateDirectories: true)
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
      ["label", "--examples", folder, "--csv", "x.csv"], status: 2, "--photos")
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
    try FileManager.default.createDirectory(
      atPath: bench.path("examples/train/empty"), withIntermediateDirectories: true)
    let output = try run(
      "label", "--examples", bench.path("examples"), "--weights", weights, "--threads", "1")
    #expect(output.status == 0)
    #expect(output.standardOutput.hasPrefix("2 classes, 20 examples"), "\(output)")
    for words in [
      "1 file left out: 1 without an ending",
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
