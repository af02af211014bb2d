import Foundation
import Testing

@testable import effnet

@Suite("Command lines")
struct CommandLineTests {
  @Test(
    "the error for an unknown option comes before other errors",
    arguments: [
      (["train", "photos", "--mixup", "0.2"], "'--mixup'; see 'effnet train --help'"),
      (
        ["train", "photos", "--epoch", "3"],
        "'--epoch'. Did you mean '--epochs' or '--head-epochs'? See 'effnet train --help'"
      ),
      (["train", "photos", "--learning-rate=0.1"], "'--learning-rate'. Did you mean '--lr'?"),
      (
        ["train", "photos", "--smoothing", "0"], "'--smoothing'. Did you mean '--label-smoothing'?"
      ),
      (["train", "--resume", "run", "--dry-run"], "'--dry-run'"),
      (["scale", "search", "--resume", "run", "--dry-run"], "'--dry-run'"),
      (["search", "--resume", "run", "--job", "2"], "'--job'. Did you mean '--jobs'?"),
      (["classify", "a.jpg", "--topp", "3"], "'--topp'. Did you mean '--top'?"),
      (["embed", "photos", "--out", "x.npz"], "'--out'"),
      (["label", "--example", "photos"], "'--example'. Did you mean '--examples'?"),
      (["similar", "--rows", "a", "--in", "x.npz"], "'--rows'. Did you mean '--row'?"),
      (["duplicates", "-x"], "'-x'"),
      (["classify", "a", "--treshold", "0.5"], "'--treshold'. Did you mean '--threshold'?"),
      (["train", "a", "--output-dir", "x"], "'--output-dir'. Did you mean '--output'?"),
      (["classify", "a", "--output", "x"], "'--output'. Did you mean '--sort-into' or '--csv'?"),
      (["evaluate", "a", "--outdir", "x"], "'--outdir'. Did you mean '--report' or '--pred"),
      (["similar", "a", "--folder", "b"], "'--folder'. Did you mean '--among'?"),
      (["train", "a", "--image-size", "64"], "'--image-size'. Did you mean '--resolution'?"),
      // The opposite of an option is not suggested.
      (["scale", "fit", "--no-latency"], "'--no-latency'; see 'effnet scale fit --help'"),
      (["runs", "--delete"], "'--delete'; a run is just its folder, so delete that: rm -r runs/"),
    ])
  func unknownOptions(arguments: [String], words: String) throws {
    let output = try CommandLineTool.effnet(arguments: arguments)
    #expect(output.status == 2)
    #expect(output.standardError.hasPrefix("effnet: Unknown option \(words)"), "\(output)")
    #expect(output.lines.isEmpty && output.standardError.split(separator: "\n").count == 1)
  }

  @Test(
    "option values and arguments after -- are not options",
    arguments: [
      (["train", "--epochs", "--lr", "3"], "'--lr' is invalid for '--epochs"),
      (["similar", "--row", "--x", "--in", "none.npz"], "none.npz"),
      (["train", "a", "--", "--b"], "photos must be one folder"),
      (["train", "a", "-"], "photos must be one folder"),
    ])
  func noOptions(arguments: [String], words: String) throws {
    let output = try CommandLineTool.effnet(arguments: arguments)
    #expect(output.status != 0 && output.standardError.contains(words), "\(output)")
  }

  @Test(
    "an option with one value is not given twice",
    arguments: [
      (
        ["similar", "x.jpg", "--among", "my a", "--in", "b"],
        "--among is given twice, as my a and as b; give it once; to search several folders, write "
          + "one file of features for --among: effnet embed 'my a' b -o all.npz; see "
          + "'effnet similar --help'"
      ),
      (
        ["label", "--examples", "a", "--examples=b", "--photos", "c"],
        "--examples is given twice, as a and as b; give it once; for photos of several folders, "
          + "name a CSV file with the columns path and label; see 'effnet label --help'"
      ),
      (
        ["classify", "a.jpg", "--model=lite0", "--model", "b0"],
        "--model is given twice, as lite0 and as b0; give it once; see 'effnet classify --help'"
      ),
      (
        ["embed", "a", "-o", "x.npz", "--output", "y.npz"], "--output is given twice, as x.npz and"
      ),
      (
        ["train", "a", "--weights", "b", "--weights", "c"], "--weights is given twice, as b and as"
      ),
      (["scale", "table", "--phi", "0,1", "--phi", "2"], "--phi is given twice, as 0,1 and as 2;"),
      // Before the error of another option.
      (["train", "a", "--lr", "1", "--lr", "-2", "--batch", "x"], "--lr is given twice, as 1 and"),
    ])
  func repeatedOptions(arguments: [String], words: String) throws {
    let output = try CommandLineTool.effnet(arguments: arguments)
    #expect(output.status == 2 && output.lines.isEmpty, "\(output)")
    #expect(output.standardError.hasPrefix("effnet: \(words)"), "\(output)")
  }

  @Test(
    "flags, options with several values and arguments after -- may be repeated",
    arguments: [
      ["train", "none", "--quiet", "--quiet"],
      ["similar", "--row", "a", "--row", "--in", "--in", "none.npz"],
      ["label", "--photos", "a", "--photos", "b", "--examples", "none"],
      ["embed", "-o", "none/x.npz", "--", "-o", "-o"],
    ])
  func repeatable(arguments: [String]) throws {
    let output = try CommandLineTool.effnet(arguments: arguments)
    #expect(output.status == 1 && !output.standardError.contains("twice"), "\(output)")
  }

  @Test("a second option in the place of a value is a missing value")
  func repeatedWithoutValue() throws {
    let output = try CommandLineTool.effnet("similar", "x.jpg", "--among", "a", "--among", "--json")
    #expect(output.status == 2 && output.standardError.contains("Missing value for"), "\(output)")
  }

  @Test("the options of every command are known", arguments: CommandInTree.all)
  func optionNames(command: CommandInTree) {
    let known = OptionNames(of: command.type).names
    // The options of 'effnet serve' are those of another program.
    guard command.type != ServeCommand.self else { return #expect(!known.contains("--help")) }
    #expect(known.contains("--help") && known.contains("-h") && known.contains("--version"))
    let shown = command.help.filter { $0.hasPrefix("  -") }
      .flatMap { $0.split { " ,/".contains($0) }.prefix { $0.hasPrefix("-") } }
    for name in shown { #expect(known.contains(String(name)), "\(name)") }
  }

  @Test("without a known description of the options, none is unknown or repeated")
  func unknownDescription() {
    let options = OptionNames(description: #"{"serializationVersion": 9}"#)
    let words = ["--top", "1", "--top", "2", "--nonsense"]
    #expect(options.names.isEmpty && options.firstUnknown(in: words[...]) == nil)
    #expect(options.firstRepeated(in: words[...]) == nil)
    #expect(options.pieces(of: words[...]) == words.map { [$0] })
  }

  @Test(
    "the error for an unknown command suggests the closest name",
    arguments: [
      (["help", "sort"], "there is no command 'sort'; did you mean 'classify --sort-into'? See"),
      (["dupes", "photos"], "there is no command 'dupes'; did you mean 'duplicates'?"),
      (["Predict", "a.jpg"], "there is no command 'Predict'; did you mean 'classify'?"),
      (["list"], "there is no command 'list'; did you mean 'runs' or 'models'?"),
      (["nonsense"], "there is no command 'nonsense'; the commands are classify, "),
      (["scale", "sort"], "there is no command 'sort'; the commands are "),
      (["help", "sumary"], "there is no command 'sumary'; did you mean 'summary'?"),
      (["classfy", "a.jpg"], "there is no command 'classfy'; did you mean 'classify'?"),
      (["eval", "photos"], "there is no command 'eval'; did you mean 'evaluate'?"),
      (["nonsense", "--help"], "there is no command 'nonsense'"),
      (["clean"], "there is no command 'clean'; 'effnet runs' lists the runs and the folder of "),
      (["remove", "runs/train/a"], "with their sizes, and says how to delete them"),
      (["scale", "clean"], "there is no command 'clean'; the commands are "),
      (["scale", "serch"], "there is no command 'serch'; did you mean 'search'?"),
      (["help", "scale", "serch"], "did you mean 'search'? See 'effnet scale --help'"),
    ])
  func unknownCommands(arguments: [String], words: String) throws {
    let output = try CommandLineTool.effnet(arguments: arguments)
    #expect(output.status == 2 && output.standardError.contains(words), "\(output)")
    #expect(output.lines.isEmpty)
  }

  @Test(
    "help prints a command's overview",
    arguments: [["help"], ["help", "train"], ["scale", "fit", "--help"]])
  func help(arguments: [String]) throws {
    let output = try CommandLineTool.effnet(arguments: arguments)
    #expect(output.status == 0 && output.standardOutput.hasPrefix("OVERVIEW"))
  }

  @Test(
    "the error for a wrong number says what the option takes",
    arguments: [
      (["train", "photos", "--epochs", "ten"], "--epochs <epochs>", "a whole number, such as 10"),
      (
        ["train", "photos", "--epochs", "3,000"], "--epochs <epochs>",
        "a whole number, such as 10, without separators"
      ),
      (
        ["train", "photos", "--epochs", "99999999999999999999"], "--epochs <epochs>",
        "a smaller number"
      ),
      (["search", "a", "--samples", "6.5"], "--samples <samples>", "a whole number, such as 10"),
      (
        ["convert", "a", "b.onnx", "--seed", "-1"], "--seed <seed>",
        "a whole number of at least 0, such as 10"
      ),
      (
        ["label", "--examples", "a", "--threshold", "high"], "--threshold <probability>",
        "a number, such as 0.02"
      ),
      (
        ["train", "photos", "--lr", "0,02"], "--lr <rate>",
        "a number, such as 0.02, with a decimal point and no other separators"
      ),
      (["train", "photos", "--lr", "a,b"], "--lr <rate>", "a number, such as 0.02"),
    ])
  func wrongNumbers(arguments: [String], option: String, form: String) throws {
    let output = try CommandLineTool.effnet(arguments: arguments)
    #expect(output.status == 2 && output.lines.isEmpty)
    let value = arguments[arguments.count - 1]
    let words = "The value '\(value)' is invalid for '\(option)': it must be \(form); see"
    #expect(output.standardError.hasPrefix("effnet: \(words) 'effnet "), "\(output)")
  }

  @Test("the help of a number says its default")
  func defaultNumber() throws {
    let help = try CommandLineTool.effnet(arguments: ["search", "--help"]).standardOutput
    #expect(help.contains("Number of networks to propose. (default: 60)"), "\(help)")
  }

  @Test(
    "a usage error ends with the command for help, in or after its last sentence",
    arguments: [
      ("--split is 1", "--split is 1; see 'effnet train --help'"),
      ("Provide one of 'a' or 'b'.", "Provide one of 'a' or 'b'. See 'effnet train --help'"),
      ("did you mean 'a'?", "did you mean 'a'? See 'effnet train --help'"),
      (
        "The value '1,2' is invalid for '--factors <list>': they must be above 1",
        "The value '1,2' is invalid for '--factors <list>': they must be above 1; "
          + "see 'effnet train --help'"
      ),
    ])
  func usageProblems(problem: String, message: String) {
    let found = UsageProblem(problem: problem, helpCommand: "effnet train --help").description
    #expect(found == message)
  }

  @Test("options end at --")
  func givenOptions() {
    #expect(
      GivenOptions.names(in: ["a", "--epochs=3", "-o", "x", "--json", "--", "--b"])
        == ["--epochs", "--output", "--json"])
  }

  @Test("paths on standard input are separated by line breaks or by zero bytes")
  func paths() throws {
    func paths(_ text: String) throws -> [String] { try StandardInput.paths(in: Array(text.utf8)) }
    #expect(try paths("a.jpg\r\n\n \nb c.jpg") == ["a.jpg", "b c.jpg"])
    #expect(try paths("a.jpg\0b\nc.jpg\0 d.jpg \0") == ["a.jpg", "b\nc.jpg", " d.jpg "])
    #expect(try paths("") == [] && paths("\0") == [])
    // A repaired name might be the name of another file.
    #expect(throws: (any Error).self) { try StandardInput.paths(in: [0x61, 0xFF, 0x0A]) }
  }
}
