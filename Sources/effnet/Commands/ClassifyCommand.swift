import ArgumentParser
import EfficientNet
import EfficientNetFeatures
import EfficientNetFormats
import EfficientNetImages

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Say what photos show.",
    discussion: """
      Photos are JPEG, PNG or WebP files. In place of a folder, all photos in it and below it are \
      classified; '-' reads paths from standard input, one a line, or between zero bytes as 'find -print0' \
      writes them. A photo that cannot be read is reported and skipped; the exit code is then 1.

      In folders, links are followed, and a note counts the files that are no photos by their names; hidden files and \
      folders, __MACOSX, Thumbs.db and desktop.ini do not count. A photo that is named twice is classified twice.

      EFFNET_CACHE names the folder of downloaded weights, EFFNET_ISA the kernels (scalar, avx2, avx512, neon).

      Examples:
        effnet classify cat.jpg
        effnet classify holiday/ --top 3 --csv holiday.csv
        find . -name '*.png' -print0 | effnet classify - --json
      """)

  @Argument(help: ArgumentHelp("Files, folders, or '-'.", valueName: "path"))
  var paths: [String]
  @OptionGroup var network: NetworkOptions
  @OptionGroup var labels: LabelOptions
  @OptionGroup var decoding: DecodingArguments
  @Option(
    parsing: .unconditional,
    help: "Classes to show for a photo (default: 5, but 1 in the lines for many photos).")
  var top: Int?
  @Option(
    parsing: .unconditional,
    help: "Photos that go through the network at once (default: up to 8, as memory allows).")
  var batch: Int?
  @Flag(
    help: "Print one JSON object a photo: path, model and predictions, or path and error.")
  var json = false
  @Option(
    help: ArgumentHelp(
      """
      Write a CSV file as well, replacing one that is there: path, rank, index, wnid, label, \
      probability, logit, error.
      """, valueName: "file"))
  var csv: String?
  @Flag(help: "No progress and no summary.") var quiet = false

  func validate() throws {
    try NetworkOptions.check(top ?? 1, "--top", 1...1_000_000)
    try NetworkOptions.check(batch ?? 1, "--batch", 1...1024)
    if paths.contains("") { throw ValidationError("a path is empty") }
    if csv == "" || csv == "-" {
      throw ValidationError("--csv needs a file; --json writes to standard output")
    }
  }

  func run() throws {
    let photos = try foundPhotos(paths)
    if let csv {
      let inputs = network.files + [labels.labels].compactMap(\.self) + photos.map(\.path)
      if let input = inputs.first(where: { isSameFile(csv, $0) }) {
        throw ValidationError("--csv \(csv) would replace \(input), which is read")
      }
    }
    var model = try network.model()
    if let classes = try labels.read(count: model.description.architecture.classes) {
      model.description.classes = classes
    }
    let classifier = try Classifier(
      model, pool: ThreadPool.started(threads: network.threads),
      precision: network.numbers.precision)
    let style: ResultWriter.Style = json ? .json : photos.count == 1 ? .table : .lines
    let shown = top ?? (style == .lines ? 1 : 5)
    let classification = PhotoClassification(
      classifier: classifier, photos: photos, requestedBatch: batch,
      top: csv == nil ? shown : top ?? 5,
      decoding: decoding.options)
    var writer = try ResultWriter(style: style, top: shown, csvPath: csv)
    var progress = ProgressLine(total: photos.count, noun: "photos", isQuiet: quiet)
    defer { progress.clear() }
    var done = 0
    let totals = try classification.run { result in
      progress.clear()
      if case .failure(let error) = result.outcome { StandardError.report("\(error)") }
      try writer.write(result)
      done += 1
      progress.update(done)
    }
    progress.clear()
    try writer.finish()
    if !quiet, photos.count > 1 { StandardError.write(totals.summary + "\n") }
    if totals.failures > 0 { throw ExitCode.failure }
  }
}
