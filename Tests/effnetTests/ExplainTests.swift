import EfficientNet
import EfficientNetCompute
import EfficientNetFormats
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("effnet explain")
struct ExplainTests {
  let bench: Workbench
  let weights: String
  let photos = CommandLineTool.root.appending(path: "Examples/photos").path

  init() throws {
    bench = try Workbench()
    weights = try bench.described(Architecture.tiny("tiny-silu"))
  }

  struct Line: Decodable {
    struct Part: Decodable {
      struct Peak: Decodable {
        let x: Double
        let y: Double
        let value: Float
      }
      let model, network: String
      let method: String
      let stage: String?
      let index: Int
      let label: String
      let probability: Double
      let evidence: String
      struct Rival: Decodable {
        let index: Int
        let probability: Double
      }
      let rival: Rival?
      struct Region: Decodable {
        let left, top, width, height: Double
      }
      let region: Region
      let peak: Peak
      let cells: [Int]
      let map: String?
    }
    let path: String
    let sheet: String?
    let explanations: [Part]?
    let error: String?
  }

  func lines(_ output: CommandLineTool.Output) throws -> [Line] {
    try output.jsonLines(Line.self)
  }

  @Test("Grad-CAM takes half as the fastest format with gradients, and refuses fp16")
  func gradCAMPrecision() throws {
    let arguments = [
      "explain", "\(photos)/cat.png", "--weights", weights, "-o", bench.path("out"), "--size",
      "100",
      "--quiet", "--method", "grad-cam", "--precision",
    ]
    let half = try CommandLineTool.effnet(arguments: arguments + ["half"])
    #expect(half.status == 0 && half.lines.count == 1, "\(half.standardError)")
    let refused = try CommandLineTool.effnet(arguments: arguments + ["fp16"])
    #expect(refused.status == 2)
    #expect(
      refused.standardError.contains(
        "--precision fp16 cannot be used with --method grad-cam: gradients need more range"))
  }

  @Test("a folder gives a sheet and a line for each photo")
  func folder() throws {
    let output = try bench.effnet(
      "explain", photos, "--weights", weights, "-o", bench.path("out"), "--size", "100", "--quiet")
    #expect(output.lines.count == 3)
    let pattern =
      #/: (strong|some|weak) evidence for thing \d+, [\d.]+ % \(thing \d+: [\d.]+ %\) -> /#
    let line = String(output.lines[0])
    #expect(line.hasPrefix("\(photos)/cat.png: ") && line.firstMatch(of: pattern) != nil, "\(line)")
    #expect(line.hasSuffix(" -> \(bench.path("out"))/photos-cat.explained.tiny-silu.cam.png"))
    for name in ["cat", "coffee", "rocket"] {
      let sheet = try PixelBuffer(
        contentsOf: bench.path("out/photos-\(name).explained.tiny-silu.cam.png"))
      #expect(sheet.width > 200 && sheet.height > 100)
    }
    // The words are explained, unless --quiet.
    #expect(output.hasOnlyNotes, "\(output.standardError)")
    let told = try CommandLineTool.effnet(
      "explain", "\(photos)/cat.png", "--weights", weights, "-o", bench.path("out"), "--size", "100"
    )
    #expect(
      told.standardError.hasPrefix("evidence is strong if the network finds the class at least"))
  }

  @Test("classes that do not compete are compared with their absence")
  func sigmoid() throws {
    var model = try Formula.model(.tiny("tiny-silu"))
    model.description.output = .sigmoid
    try model.write(to: bench.path("sigmoid.safetensors"))
    let output = try CommandLineTool.effnet(
      "explain", "\(photos)/cat.png", "--weights", bench.path("sigmoid.safetensors"), "-o",
      bench.path("out"), "--size", "100")
    #expect(output.status == 0, "\(output)")
    #expect(
      output.standardError.hasPrefix(
        "evidence is strong if the network finds the class at least 20 times as probable as its "
          + "absence, some"), "\(output.standardError)")
    #expect(!output.standardError.contains("any other class"))
  }

  @Test("without a font, sheets have no text, and a note says so")
  func withoutFonts() throws {
    let configuration = bench.path("fonts.conf")
    try Data("<fontconfig></fontconfig>".utf8).write(to: URL(filePath: configuration))
    let output = try CommandLineTool.effnet(
      "explain", "\(photos)/cat.png", "--weights", weights, "-o", bench.path("out"), "--quiet",
      environment: ["FONTCONFIG_FILE": configuration])
    #expect(output.status == 0)
    #expect(
      output.standardError
        == "note: no font found, so pictures have no text; install one, such as Debian's "
        + "fonts-dejavu-core\n")
    let path = bench.path("out/photos-cat.explained.tiny-silu.cam.png")
    #expect(try PixelBuffer(contentsOf: path).width > 700)
  }

  @Test("the label and the probability equal those of classify")
  func agreesWithClassify() throws {
    struct Classified: Decodable {
      struct Class: Decodable {
        let index: Int
        let probability: Double
      }
      let predictions: [Class]
    }
    let classified = try bench.json(
      Classified.self, "classify", "\(photos)/cat.png", "--weights", weights, "--json")
    for method in ["cam", "grad-cam", "occlusion"] {
      let explained = try bench.json(
        Line.self, "explain", "\(photos)/cat.png", "--weights", weights, "--json", "--top", "3",
        "--method", method, "-o", bench.path("out"))
      let parts = try #require(explained.explanations)
      #expect(parts.map(\.index) == classified.predictions.prefix(3).map(\.index))
      #expect(parts.map { $0.rival?.index } == [parts[1], parts[0], parts[0]].map(\.index))
      #expect(parts[0].evidence != "less" && parts[1].evidence == "less")
      for (part, expected) in zip(parts, classified.predictions) {
        #expect(abs(part.probability - expected.probability) < 1e-4)
        #expect(part.method == method)
      }
    }
  }

  @Test("--maps writes the numbers of the drawn maps")
  func maps() throws {
    let line = try bench.json(
      Line.self, "explain", "\(photos)/rocket.jpg", "--weights", weights, "--method", "grad-cam",
      "--stage", "blocks.1", "--class", "thing 4", "--class", "11", "--maps", "--json", "-o",
      bench.path("out"))
    let parts = try #require(line.explanations)
    #expect(parts.map(\.index) == [4, 11] && parts.allSatisfy { $0.stage == "blocks.1" })
    let photo = try PixelBuffer(contentsOf: "\(photos)/rocket.jpg")
    for part in parts {
      let map = try NumPyArray(contentsOf: try #require(part.map))
      #expect(map.shape == [9, 9] && part.cells == [9, 9])
      #expect(map.elements.max() == part.peak.value)
      #expect(0...Double(photo.width) ~= part.peak.x && 0...Double(photo.height) ~= part.peak.y)
    }
    #expect(
      try bench.folder.names("out") == [
        "photos-rocket.explained.tiny-silu.grad-cam.blocks.1.11.npy",
        "photos-rocket.explained.tiny-silu.grad-cam.blocks.1.4.npy",
        "photos-rocket.explained.tiny-silu.grad-cam.blocks.1.png",
      ])
  }

  @Test("pictures of two networks or two classes are two files, and equal ones are one")
  func numbered() throws {
    let wide = try bench.described(Architecture.tiny("tiny-fused"))
    func explain(_ weights: String, _ rest: String...) throws {
      let output = try CommandLineTool.effnet(
        arguments: [
          "explain", "\(photos)/cat.png", "--weights", weights, "-o", bench.path("out"), "--quiet",
        ] + rest)
      #expect(output.status == 0, "\(output)")
    }
    func names() throws -> [String] {
      try bench.folder.names("out")
    }
    for network in [weights, wide, weights] { try explain(network, "--top", "2") }
    let pictures = [
      "photos-cat.explained.tiny-fused.cam.png", "photos-cat.explained.tiny-silu.cam.png",
    ]
    #expect(try names() == pictures)
    let first = FileManager.default.contents(atPath: bench.path("out/\(pictures[1])"))
    for _ in 0..<2 { try explain(weights, "--class", "thing 4") }
    #expect(try names() == [pictures[0], "photos-cat.explained.tiny-silu.cam-2.png", pictures[1]])
    #expect(FileManager.default.contents(atPath: bench.path("out/\(pictures[1])")) == first)
  }

  @Test("photos are never replaced, and earlier sheets are not explained")
  func photosStay() throws {
    try bench.folder.make("in")
    for name in ["cat", "in-cat.explained.tiny-silu.cam"] {
      try FileManager.default.copyItem(
        atPath: "\(photos)/cat.png", toPath: bench.path("in/\(name).png"))
    }
    let original = FileManager.default.contents(atPath: "\(photos)/cat.png")
    try bench.expectFailure(
      [
        "explain", bench.path("in/in-cat.explained.tiny-silu.cam.png"), bench.path("in/cat.png"),
        "--weights", weights, "-o", bench.path("in"),
      ], status: 1,
      "in-cat.explained.tiny-silu.cam.png: this sheet would replace one of the photos; name another "
        + "folder")
    try bench.folder.remove("in/in-cat.explained.tiny-silu.cam.png")
    for _ in 0..<2 {
      let again = try bench.effnet(
        "explain", bench.path("in"), "--weights", weights, "-o", bench.path("in"), "--quiet")
      #expect(again.lines.count == 1)
    }
    let noted = try CommandLineTool.effnet(
      "explain", bench.path("in"), "--weights", weights, "-o", bench.path("in"))
    #expect(
      noted.standardError.hasPrefix(
        "note: 1 sheet of an earlier run left out of \(bench.path("in"))\n"))
    #expect(FileManager.default.contents(atPath: bench.path("in/cat.png")) == original)
  }

  @Test("the error of an unknown class lists up to ten classes")
  func fewClasses() throws {
    var architecture = try Architecture.tiny("tiny-silu")
    for (count, words) in [
      (2, "has no class 'zebra'; the classes are 'thing 0', 'thing 1'"),
      (10, "'thing 8', 'thing 9'"), (11, "'effnet inspect FILE --classes' lists them"),
    ] {
      architecture.classes = count
      let weights = try bench.described(architecture)
      try bench.expectFailure(
        [
          "explain", "\(photos)/cat.png", "--weights", weights, "-o", bench.path("out"), "--class",
          "zebra",
        ], status: 2, words)
    }
  }

  @Test("a name that two classes share is an error")
  func ambiguous() throws {
    let names = (0..<17).map { $0 % 5 == 3 ? "crane" : "bird \($0)" }
    let labels = try bench.folder.file("labels.txt", contents: names.joined(separator: "\n") + "\n")
    let start = [
      "explain", "\(photos)/cat.png", "--weights", weights, "-o", bench.path("out"), "--labels",
      labels.path, "--class",
    ]
    try bench.expectFailure(
      start + ["Crane"], status: 2,
      "names classes 3 and 8 and 13 of tiny-silu.safetensors; use the number")
    try bench.expectFailure(start + ["cranee"], status: 2, "'cranee'; did you mean 'crane'?")
    let output = try CommandLineTool.effnet(arguments: start + ["8", "--json"])
    #expect(try lines(output)[0].explanations?.map(\.index) == [8])
  }

  @Test("a number is the class of that name, not an index, if classes have numbers as names")
  func numberedClasses() throws {
    let names = (1...17).map { "\($0)\n" }.joined()
    let labels = try bench.folder.file("labels.txt", contents: names)
    let start = [
      "explain", "\(photos)/cat.png", "--weights", weights, "-o", bench.path("out"), "--labels",
      labels.path, "--class",
    ]
    let output = try CommandLineTool.effnet(arguments: start + ["17", "--json"])
    #expect(try lines(output)[0].explanations?.map(\.index) == [16])
    for name in ["0", "017"] {
      try bench.expectFailure(start + [name], status: 2, "has no class '\(name)'")
    }
  }

  @Test("photos of the same name get separate sheets, and a bad photo does not stop the others")
  func names() throws {
    for name in ["a", "b"] {
      try bench.folder.make("in/\(name)")
      try FileManager.default.copyItem(
        atPath: "\(photos)/cat.png", toPath: bench.path("in/\(name)/cat.png"))
    }
    try Data("no picture".utf8).write(to: URL(filePath: bench.path("in/b/bad.jpg")))
    let output = try CommandLineTool.effnet(
      "explain", bench.path("in"), "--weights", weights, "-o", bench.path("out"), "--json")
    #expect(output.status == 1)
    let lines = try lines(output)
    #expect(
      lines.map(\.sheet) == [
        bench.path("out/a-cat.explained.tiny-silu.cam.png"), nil,
        bench.path("out/b-cat.explained.tiny-silu.cam.png"),
      ])
    // Also in runs of their own.
    for name in ["a", "b"] {
      let alone = try CommandLineTool.effnet(
        "explain", bench.path("in/\(name)/cat.png"), "--weights", weights, "-o",
        bench.path("alone"),
        "--json")
      #expect(
        try self.lines(alone).map(\.sheet) == [
          bench.path("alone/\(name)-cat.explained.tiny-silu.cam.png")
        ])
    }
    let named = try CommandLineTool.effnet(
      "explain", "-", "--weights", weights, "-o", bench.path("out"),
      input: bench.path("in/a/cat.png") + "\n")
    #expect(named.status == 0 && named.lines.count == 1, "\(named.standardError)")
    #expect(lines[1].error?.contains("bad.jpg is not a") == true)
    #expect(output.standardError.contains("bad.jpg is not a"))
  }

  @Test("--measure prints the curves' areas beside those of random and centered maps")
  func measure() throws {
    struct Report: Decodable {
      struct Map: Decodable {
        struct Area: Decodable {
          let mean: Double
          let error: Double
        }
        let name: String
        let deletion: Area
        let insertion: Area
        let deletion_curve: [Double]
        let method_deletes_better: Double?
      }
      let photos: Int
      let steps: Int
      let maps: [Map]
    }
    let report = try bench.json(
      Report.self, "explain", photos, "--weights", weights, "--measure", "--json", "--quiet")
    #expect(report.photos == 3 && report.maps.map(\.name) == ["cam", "random", "center"])
    for map in report.maps {
      #expect(map.deletion_curve.count == report.steps + 1)
      #expect(0...1 ~= map.deletion.mean && 0...1 ~= map.insertion.mean)
    }
    let two = try bench.json(
      Report.self, "explain", photos, "--weights", weights, "--measure", "--json", "--quiet",
      "--limit", "2")
    #expect(two.photos == 2)
    // All curves start with the whole photos.
    #expect(Set(report.maps.map { $0.deletion_curve[0] }).count == 1)
    // The map of the middle is the same for a method with other cells.
    let occlusion = try bench.json(
      Report.self, "explain", photos, "--weights", weights, "--measure", "--method", "occlusion",
      "--json", "--quiet")
    #expect(occlusion.maps[2].deletion_curve == report.maps[2].deletion_curve)
    let table = try CommandLineTool.effnet(
      "explain", photos, "--weights", weights, "--measure", "--threads", "1")
    #expect(table.lines.count == 6 && table.lines[2].hasPrefix("cam"))
    // Three photos have counts, and no verdict.
    #expect(!table.standardOutput.contains("%"), "\(table)")
    #expect(
      table.lines[3].contains(" of 3  ")
        && table.lines[5] == "3 photos are too few to say which map is better; use 30 or more",
      "\(table)")
    #expect(table.standardError.contains("center: the middle of the photo, the same for all"))
  }

  @Test("maps of a few cells are noted, and ties are no losses")
  func coarse() throws {
    let note =
      "note: each heat map of tiny-silu.safetensors has 1 cell (1×1), too few to show places in "
      + "the photo; use an earlier stage (--method grad-cam --stage blocks.1) or --method occlusion"
    let output = bench.path("coarse")
    for arguments in [["--output", output], ["--measure"]] {
      let shown = try CommandLineTool.effnet(
        arguments: ["explain", photos, "--weights", weights, "--resolution", "8"] + arguments)
      #expect(shown.status == 0, "\(shown)")
      #expect(shown.standardError.components(separatedBy: note).count == 2, "\(shown)")
      // A random map of one cell ranks the pixels as the method's map does.
      if arguments == ["--measure"] {
        #expect(shown.lines[3].hasSuffix(" all tied"), "\(shown.lines)")
      }
    }
    let fine = try CommandLineTool.effnet(
      arguments: ["explain", photos, "--weights", weights, "--output", output])
    #expect(!fine.standardError.contains("each heat map"))
  }

  /// A background process ignores Ctrl-C unless it handles it, as effnet does. The bad photo is
  /// reported after the photos before it are measured.
  private func measureInterrupted(_ photos: [String]) throws -> CommandLineTool.Output {
    let list = try bench.folder.file("list.txt", contents: photos.joined(separator: "\n")).path
    let effnet = CommandLineTool.buildFolder.appending(path: "effnet").path
    let errors = bench.path("errors.txt")
    return try CommandLineTool.run(
      URL(filePath: "/bin/bash"),
      [
        "-c",
        """
        '\(effnet)' explain - --measure --weights '\(weights)' <'\(list)' 2>'\(errors)' &
        for i in {1..6000}; do grep -q bad.jpg '\(errors)' && break; sleep 0.01; done
        kill -INT $!
        wait $!
        code=$?
        cat '\(errors)' >&2
        exit $code
        """,
      ])
  }

  @Test("after Ctrl-C, --measure prints what it has and says that it is a part")
  func partialMeasure() throws {
    let bad = try bench.folder.file("bad.jpg", contents: "no picture").path
    let many = ["\(photos)/cat.png", bad] + Array(repeating: "\(photos)/cat.png", count: 3000)
    let output = try measureInterrupted(many)
    #expect(output.status == 130)
    let first = try #require(output.lines.first)
    #expect(
      first.firstMatch(of: /, \d+ of 3002 photos, stopped before the end, 28 steps$/) != nil,
      "\(first)")
    #expect(6...7 ~= output.lines.count)
    let words = output.standardError
    #expect(words.firstMatch(of: /\nstopped after [\d,]+ of 3,002 photos\n/) != nil, "\(words)")
  }

  @Test("Ctrl-C during the last photo stops nothing")
  func interruptedLast() throws {
    let bad = try bench.folder.file("bad.jpg", contents: "no picture").path
    let output = try measureInterrupted([bad, "\(photos)/cat.png"])
    // If the signal came before the last photo began, nothing was measured.
    #expect(output.status == (output.lines.isEmpty ? 130 : 1))
    #expect(output.lines.isEmpty || output.lines[0].contains(", 1 of 2 photos, 28 steps"))
  }

  @Test("wrong command lines are usage errors")
  func usage() throws {
    let photo = "\(photos)/cat.png"
    let start = ["explain", photo, "--weights", weights, "-o", bench.path("out")]
    for (arguments, word) in [
      (
        ["--class", "no such thing"],
        "has no class 'no such thing'; 'effnet inspect FILE --classes' lists them"
      ),
      (["--class", "THING 1x"], "has no class"),
      (["--class", "17"], "--class is 17; for tiny-silu.safetensors it must be from 0 to 16"),
      (["--top", "2", "--class", "1"], "cannot be used together"),
      (["--stage", "blocks.1"], "--stage needs --method grad-cam"),
      (["--patch", "4"], "need --method occlusion"),
      (["--method", "occlusion", "--patch", "40"], "at most the input's 33 pixels"),
      (["--method", "occlusion", "--patch", "4", "--stride", "5"], "or there are gaps"),
      (["--method", "occlusion", "--stride", "1000"], "--stride is 1000; it must be at most"),
      (["--compare", "lite0"], "--compare names the networks; leave out --model and --weights"),
      (["--size", "10"], "--size is 10"), (["--opacity", "2"], "--opacity is 2"),
      (["--measure", "--maps"], "--measure takes one class and writes no maps"),
      (["--limit", "0"], "--limit is 0"),
      (["--measure"], "leave out --size, --colors, --opacity and --output"),
      (["--size", "2048", "--top", "8"], "8 pictures of 2048 pixels do not fit on a sheet"),
      (["--class", ""], "--class needs a name"), (["--stage", ""], "--stage needs --method"),
    ] {
      try bench.expectFailure(start + arguments, status: 2, word)
    }
    try bench.expectFailure(
      start + ["--method", "grad-cam", "--stage", "blocks.9"], status: 2,
      "tiny-silu has no stage blocks.9; it has conv_stem")
  }
}
