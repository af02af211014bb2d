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
      A row for each photo: what the network's classifier reads, or with --stage the mean of another part. Forms by the \
      output's ending:

        .npz          features (float32), names, description: numpy.load reads it
        .npy          features; the names go to OUTPUT.names.txt
        .csv          name, f0, f1, …
        .safetensors  features (--store fp32 or bf16), names, name_ends

      Rows are kept in OUTPUT.partial until all are there: after Ctrl-C or worse the same command goes on. A photo that \
      cannot be read is reported and left out; the exit code is then 1.

      Examples:
        effnet embed holiday/ -o features.npz
        effnet embed photos/ -o features.safetensors --normalize --store bf16
        find . -name '*.png' | effnet embed - -o stage.npy --stage blocks.4
      """)

  @OptionGroup var arguments: PhotoArguments
  @Option(name: .shortAndLong, help: "Where the features go.", value: "file") var output: String
  @OptionGroup var options: FeatureOptions
  @Flag(help: "Scale every row to the Euclidean length 1.") var normalize = false
  @Option(help: "What a .safetensors file stores numbers as: fp32 or bf16.")
  var store = Precision.float32
  @Flag(
    help: "Print one JSON object: output, photos, features, stage, and the photos that failed.")
  var json = false
  @Flag(help: "No progress and no summary.") var quiet = false

  func validate() throws {
    let form: FeatureFileForm
    do { form = try FeatureFileForm(path: output) } catch {
      throw ValidationError("--output \(error)")
    }
    if store == .bfloat16, form != .safetensors {
      throw ValidationError("--store bf16 needs an output that ends with .safetensors")
    }
  }

  func run() throws {
    let photos = try arguments.found()
    let source = try options.network.source()
    try check(output, "--output", replacesNoneOf: source.files + photos.map(\.path))
    let features = try options.photoFeatures(normalizes: normalize)
    var description = features.extractor.description
    (description.modelOption, description.weightFile) = (source.name, source.weights)
    let embedding = try Embedding(
      features, of: photos, to: output, description: description, storing: store)
    if !quiet, let rows = embedding.resumedRows {
      StandardError.write(
        "going on with \(rows.grouped) of \(photos.count.grouped) rows from "
          + "\(Embedding.partialPath(of: output).oneLine)\n")
    }
    var failures: [JSONObject] = []
    let totals = try run(embedding, &failures)
    try embedding.finish()
    if !quiet { StandardError.write(totals.summary + "\n") }
    if embedding.otherRows > 0 {
      StandardError.report(
        "\(Embedding.partialPath(of: output)) stays: it has \(embedding.otherRows.counted("row", "rows")) of other photos; "
          + "remove it if they are not needed")
    }
    try show(embedding, failures)
    if !failures.isEmpty { throw ExitCode.failure }
  }

  private func run(
    _ embedding: Embedding, _ failures: inout [JSONObject]
  ) throws -> PhotoTotals {
    var done = embedding.rows
    let progress = ProgressLine("photos", isQuiet: quiet, alreadyDone: done)
    do {
      return try embedding.run { index, result in
        if case .failure(let error) = result {
          failures.append(["path": embedding.photos[index].path, "error": "\(error)"])
        }
        done += 1
        try progress.check(result)
        progress.update(done, of: embedding.photos.count)
      }
    } catch let interruption as Interruption {
      if !quiet {
        StandardError.write(
          "stopped; \(embedding.rows.grouped) of \(embedding.photos.count.grouped) rows are in "
            + "\(Embedding.partialPath(of: output).oneLine), the same command goes on from there\n"
        )
      }
      throw interruption
    }
  }

  private func show(_ embedding: Embedding, _ failures: [JSONObject]) throws {
    let description = embedding.description
    guard json else {
      return try StandardOutput.print(
        "\(output.oneLine): \(embedding.rows)×\(description.features) \(description.stage) of "
          + description.model.oneLine)
    }
    try StandardOutput.print(object: [
      "output": output, "model": description.model, "stage": description.stage,
      "photos": embedding.rows, "features": description.features,
      "normalized": description.isNormalized, "failed": failures,
    ])
  }
}
