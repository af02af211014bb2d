import ArgumentParser
import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Write the features of photos to a file.",
    discussion: """
      Each photo becomes a row: the numbers that the network's classifier reads, or with --stage \
      the mean over all pixels of another part's output. The ending of the output chooses its \
      format:

        .npz          features (float32), names, description; numpy.load reads it
        .npy          features; the names go to OUTPUT.names.txt; no description
        .csv          name, f0, f1, …; no description
        .safetensors  features (--store fp32 or bf16), names, name_ends, description

      The description names the network, so that 'effnet similar' finds it.

      Finished rows are kept in OUTPUT.partial: after Ctrl-C or a crash, run the same command \
      again to continue. An unreadable photo is reported and left out; the exit code is then 1.

      Without --model, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet embed holiday/ -o features.npz
        effnet embed photos/ -o features.safetensors --normalize --store bf16
        find . -name '*.png' | effnet embed - -o stage.npy --stage blocks.4
      """)

  @OptionGroup var arguments: PhotoArguments
  @Option(
    name: .shortAndLong, help: "The file to write: .npz, .npy, .csv or .safetensors.", value: "file"
  )
  var output: String
  @Flag(help: "Scale each row to Euclidean length 1.") var normalize = false
  @Option(help: "Number format in a .safetensors file.") var store = Precision.float32
  @Flag(
    help: """
      Print one JSON object: output, model (the file or the run that you named, else the network), \
      network, stage, photos, features, normalized, failed photos and skipped files.
      """)
  var json = false
  @Flag(help: "Do not show progress and the summary.") var quiet = false
  @OptionGroup var options: FeatureOptions

  func validate() throws {
    let form: FeatureFileForm
    do { form = try FeatureFileForm(path: output) } catch {
      throw ValidationError("--output \(error)")
    }
    if store == .bfloat16, form != .safetensors {
      throw ValidationError("--store bf16 needs an output that ends in .safetensors")
    }
  }

  func run() throws {
    let (paths, photo) = try namedPaths(arguments.paths)
    let (photos, skipped) = foundPhotos(at: paths, standardInput: photo)
    let source = try options.network.source()
    try check(output, "--output", replacesNoneOf: source.files + photos.map(\.path))
    let features = try options.photoFeatures(normalizes: normalize)
    var description = features.extractor.description
    (description.modelOption, description.weightFile) = (source.name, source.weights)
    description.model = source.title ?? description.model
    let embedding = try Embedding(
      features, of: photos, to: output, description: description, storing: store)
    if !quiet, let rows = embedding.resumedRows {
      StandardError.write(
        "continuing with \(rows.grouped) of \(photos.count.grouped) rows from "
          + "\(Embedding.partialPath(of: output).oneLine)\n")
    }
    var failures: [JSONObject] = []
    let totals = try run(embedding, by: features.extractor.source, &failures)
    try embedding.finish()
    if !quiet { StandardError.write(totals.summary + "\n") }
    if embedding.otherRows > 0 {
      StandardError.report(
        "\(Embedding.partialPath(of: output)) is kept: it has \(embedding.otherRows.counted("row", "rows")) of other photos; "
          + "remove it if you do not need them")
    }
    try show(embedding, network: features.extractor.description.model, failures, skipped)
    if !failures.isEmpty { throw ExitCode.failure }
  }

  private func run(
    _ embedding: Embedding, by network: String, _ failures: inout [JSONObject]
  ) throws -> PhotoTotals {
    var done = embedding.rows
    let progress = ProgressLine("photos", isQuiet: quiet, alreadyDone: done)
    do {
      return try embedding.run { index, result in
        let path = embedding.photos[index].path
        let result = result.naming(photo: path, network: network)
        if case .failure(let error) = result {
          failures.append(JSONObject(path: path, error: error))
        }
        done += 1
        try progress.check(result)
        progress.update(done, of: embedding.photos.count)
      }
    } catch let interruption as Interruption {
      throw interruption.after(
        embedding.rows, of: embedding.photos.count,
        kept: "; their rows are in \(Embedding.partialPath(of: output)); the same command continues"
      )
    }
  }

  private func show(
    _ embedding: Embedding, network: String, _ failures: [JSONObject], _ skipped: [JSONObject]
  ) throws {
    let description = embedding.description
    guard json else {
      return try StandardOutput.print(
        "\(output.oneLine): \(embedding.rows)×\(description.features) \(description.stage) of "
          + description.model.oneLine)
    }
    try StandardOutput.print(object: [
      "output": output, "model": description.model, "network": network, "stage": description.stage,
      "photos": embedding.rows, "features": description.features,
      "normalized": description.isNormalized, "failed": failures, "skipped": skipped,
    ])
  }
}
