import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

/// Accuracy on photos that trained the network.
@Suite("effnet, training photos")
struct TrainingPhotosTests {
  private let bench: Workbench

  /// Trains `run` on 16 of 20 photos for two epochs.
  init() throws {
    bench = try Workbench()
    try bench.folder.writeTwoShades("photos")
    try writeTinyModel(to: bench.path("net.safetensors"))
    let output = try effnet("train", "photos", "--weights", "net.safetensors", "--output", "run")
    #expect(output.status == 0 && !output.standardError.contains("trained the"), "\(output)")
  }

  private func effnet(_ arguments: String...) throws -> CommandLineTool.Output {
    try effnet(arguments)
  }

  private func effnet(_ arguments: [String]) throws -> CommandLineTool.Output {
    let training = arguments[0] == "train" ? ["--epochs", "2", "--batch", "8"] : []
    return try CommandLineTool.effnet(
      arguments: arguments + training + ["--threads", "1"], folder: bench.folder.url)
  }

  @Test("evaluate notes photos that trained the network, also on the page")
  func evaluation() throws {
    let words =
      "16 of these 20 photos trained this network and 4 chose its best epoch, so the result is too "
      + "good, and photos in wrong folders may count as right; "
    for model in ["run", "run/best.safetensors"] {
      let output = try effnet("evaluate", "photos", "--model", model, "--report", "page.html")
      #expect(output.status == 0 && output.standardError.contains("note: \(words)"), "\(output)")
      #expect(output.lines.last == "report: page.html")
      let page = try bench.folder.text("page.html")
      #expect(page.contains(words) && page.contains("\(model) on photos"))
    }
    let json = try effnet("evaluate", "photos", "--run", "run", "--json")
    #expect(json.standardOutput.contains("\"training_images\":16"), "\(json)")
    // A copy with the same bytes counts as the photo.
    try bench.folder.copy("photos", to: "copies")
    try bench.folder.writeTwoShades("copies", from: 10)
    let copies = try effnet("evaluate", "copies", "--model", "run")
    #expect(
      copies.standardError.contains(
        "note: 16 of these 40 photos trained this network and 4 chose its best epoch, so the "
          + "result is too good, and photos in wrong folders may count as right; "
          + "--leave-out-used evaluates only the others\n"),
      "\(copies)")
    let others = try effnet("evaluate", "copies", "--model", "run", "--leave-out-used", "--json")
    #expect(
      others.standardError.contains("4 chose its best epoch; they are left out\n")
        && others.standardOutput.contains("\"images\":20,")
        && others.standardOutput.contains("\"training_images\":0"), "\(others)")
    let none = try effnet("evaluate", "photos", "--model", "run", "--leave-out-used")
    #expect(none.status == 2 && none.standardError.contains("used all 20; name"), "\(none)")
    try bench.folder.copy("run/best.safetensors", to: "best.safetensors")
    let unknown = try effnet(
      "evaluate", "photos", "--model", "best.safetensors", "--leave-out-used")
    #expect(
      unknown.status == 2 && unknown.standardError.contains("needs the network of a run"),
      "\(unknown)")
    // The validation photos did not train the network.
    let own = try effnet("evaluate", "--model", "run")
    #expect(own.status == 0 && own.standardError.split(separator: "\n").count == 1, "\(own)")
    #expect(
      own.standardError.contains(
        "note: the validation photos also chose the epoch, so the result is probably too good"),
      "\(own)")
    // The photos of the run are no longer known.
    _ = try bench.folder.file("photos/dark/new.png", contents: "no photo")
    try bench.folder.remove("photos/dark/0.png")
    let changed = try effnet("evaluate", "photos", "--model", "run", "--json")
    #expect(!changed.standardError.contains("trained this network"), "\(changed)")
    #expect(changed.standardOutput.contains("\"images\":19"))
    #expect(!changed.standardOutput.contains("training_images"))
  }

  @Test("the photos of the run of an int8 file are known with --against, and a note says so")
  func rounded() throws {
    let rounding = try effnet(
      "quantize", "--run", "run", "--output", "int8.safetensors", "--force", "--report", "page.html"
    )
    #expect(rounding.status == 0, "\(rounding)")
    let note = "the validation photos also chose the epoch, so the result is probably too good"
    #expect(rounding.standardError.contains("note: \(note)"), "\(rounding)")
    #expect(try bench.folder.text("page.html").contains(note))
    let alone = try effnet("evaluate", "photos", "--model", "int8.safetensors")
    #expect(
      alone.standardError.contains("note: a run of 'effnet train' made this network"), "\(alone)")
    let output = try effnet(
      "evaluate", "photos", "--model", "int8.safetensors", "--against", "run")
    #expect(
      output.standardError.contains("16 of these 20 photos trained this network"), "\(output)")
    for words in ["favors", "made this network"] {
      #expect(!output.standardError.contains(words), "\(output)")
    }
  }

  @Test("evaluate --against notes or leaves out the photos that the other run used")
  func comparison() throws {
    let same = try effnet("evaluate", "photos", "--model", "run", "--against", "run")
    #expect(same.status == 0 && !same.standardError.contains("favors"), "\(same)")
    #expect(!same.standardError.contains("different photos"))
    var model = try Model(contentsOf: bench.path("run/best.safetensors"))
    model.description.provenance = "elsewhere"
    try model.write(to: bench.path("other.safetensors"))
    let unequal = try effnet(
      "evaluate", "photos", "--model", "other.safetensors", "--against", "run")
    #expect(
      unequal.standardError.contains(
        "note: 16 of these 20 photos trained run, so the comparison favors it; "), "\(unequal)")
    try bench.folder.copy("photos", to: "more")
    try bench.folder.writeTwoShades("more", from: 10)
    #expect(
      try effnet("train", "more", "--weights", "net.safetensors", "--output", "b").status == 0)
    let options = ["--model", "run", "--against", "b", "--leave-out-used"]
    let none = try effnet(["evaluate", "more"] + options)
    #expect(
      none.status == 2 && none.standardError.contains("the run of b used all 20 others; name"),
      "\(none)")
    try bench.folder.copy("more", to: "most")
    try bench.folder.writeTwoShades("most", from: 20)
    let others = try effnet(["evaluate", "most", "--json"] + options)
    #expect(others.status == 0 && others.standardOutput.contains("\"images\":20,"), "\(others)")
    #expect(
      others.standardError.contains("note: the runs of both networks have different photos, or"))
    #expect(
      others.standardError.contains(/of the remaining 40 photos trained b.*; they are left out\n/),
      "\(others)")
    try bench.folder.remove("more/dark/0.png")
    let changed = try effnet(["evaluate", "most"] + options)
    #expect(
      changed.status == 2 && changed.standardError.contains("unchanged; those of b are not"),
      "\(changed)")
  }

  @Test("train notes validation photos that trained its weights")
  func training() throws {
    let words = /note: [1-4] of the 4 validation photos trained the weights of run,/
    for option in ["--weights", "--model"] {
      let other = try effnet("train", "photos", option, "run", "--seed", "1")
      #expect(other.status == 0 && other.standardError.contains(words), "\(other)")
      #expect(other.standardError.contains("; use its --seed 0 and --split 0.2\n"))
      let doubt = /\nof 4 validation photos, .* [1-4] of the validation photos trained the weights/
      #expect(other.standardOutput.contains(doubt), "\(other)")
    }
    let same = try effnet("train", "photos", "--weights", "run/last.safetensors")
    #expect(same.status == 0 && !same.standardError.contains("trained the weights"), "\(same)")
    #expect(same.standardOutput.contains("\nof 4 photos that it did not train on, "))
  }

  @Test("label notes examples that trained its network or chose its best epoch")
  func label() throws {
    let end = ", so the accuracy and the percentages are too good; use other examples or another "
    for model in ["run", "run/best.safetensors"] {
      let output = try effnet("label", "--examples", "photos", "--model", model)
      #expect(
        output.status == 0
          && output.standardError.hasPrefix(
            "note: 16 of the 20 example photos trained this network and 4 chose its best epoch\(end)"
          ), "\(output)")
    }
    let json = try effnet("label", "--examples", "photos", "--model", "run", "--json")
    for field in ["\"training_images\":16", "\"validation_images\":4"] {
      #expect(json.standardOutput.contains(field), "\(json)")
    }
    // Copies count, too.
    try bench.folder.copy("photos", to: "others")
    let others = try effnet("label", "--examples", "others", "--model", "run")
    #expect(
      others.status == 0
        && others.standardError.hasPrefix("note: 16 of the 20 example photos trained this"),
      "\(others)")
  }

  @Test("classify refuses to sort into the photos that trained its network")
  func sorting() throws {
    try bench.folder.writeTwoShades("others", from: 10)
    let output = try effnet("classify", "others", "--model", "run", "--sort-into", "photos/new")
    #expect(output.status == 2 && output.standardOutput.isEmpty, "\(output)")
    #expect(
      output.standardError.contains(
        "--sort-into photos/new would add photos to those that trained this network, so the next "),
      "\(output)")
    #expect(!bench.folder.exists("photos/new"))
    let other = try effnet("classify", "others", "--model", "run", "--sort-into", "sorted")
    #expect(other.status == 0, "\(other)")
    let lines = other.standardError.split(separator: "\n").map(String.init)
    let table = try #require(lines.firstIndex { $0 == "threshold  photos sorted" }, "\(other)")
    #expect(lines[table + 1].wholeMatch(of: /none +20/) != nil, "\(other)")
    #expect(
      lines.dropFirst(table + 2).prefix(5).map { $0.prefix(3) } == [
        "0.5", "0.6", "0.7", "0.8", "0.9",
      ])
    #expect(
      lines.suffix(3) == [
        "look through all folders: each can have photos that show none of your classes, even with "
          + "100 %",
        "put such photos into photos/other, and train again: the run can then be neither resumed "
          + "nor evaluated on its own photos",
        "to undo, delete the new folder: rm -r sorted",
      ], "\(other)")
  }

  @Test("an unfinished run is noted")
  func unfinished() throws {
    try bench.folder.remove("run/result.json")
    let log = bench.folder.url.appending(path: "run/log.csv")
    let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3)
    try Data((lines.prefix(2).joined(separator: "\n") + "\n").utf8).write(to: log)
    let output = try effnet("classify", "photos/dark/1.png", "--model", "run")
    #expect(
      output.status == 0
        && output.standardError == "note: run: the run is unfinished after 1 of 2 epochs\n",
      "\(output)")
  }
}
