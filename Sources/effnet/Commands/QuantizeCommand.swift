public import ArgumentParser
import EfficientNet
import EfficientNetCompute
public import EfficientNetQuantization
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Round a network to 8 bits: a quarter of the file, and faster.",
    usage: "effnet quantize [<network>] [<options>]",
    discussion: """
      Weights become int8 with a scale for each output, and each feature map gets 256 codes whose \
      range photos choose. The photos need no labels; 100 to 500 photos like those that the network \
      will see are enough. A quarter of them does not choose the ranges: on these, the report \
      compares the int8 network with the original one. If it names the same class for less than \
      90 % of them, nothing is saved without --force. Without --output, there is only the report.

      With --max-drop, blocks go back to 32-bit floats until the network loses at most this many \
      points of top-1 accuracy on these photos. Without labels, photos whose class changes count as lost.

      The stem, squeeze-and-excitation and the sums of the classifier stay 32-bit floats. Every \
      command that takes weights takes the file; most compute in int8 unless --precision says \
      otherwise. The same photos give the same file.

      The training photos of a run calibrate its network, and its validation photos compare, unless \
      --calibrate names others. Photos that cannot be read are left out; the exit code is then 1.

      Without --model, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet quantize lite0 --calibrate photos/ -o lite0-int8.safetensors
        effnet quantize --run runs/train/photos -o mine-int8.safetensors
        effnet quantize b4.safetensors --calibrate photos/ --report b4.html
        effnet quantize lite0 --calibrate photos.csv -o x.safetensors --max-drop 0.3
        effnet classify photos/ --model lite0-int8.safetensors
      """)

  @OptionGroup var argument: NetworkArgument
  @Option(
    name: .customLong("run"), help: "The folder of a run of 'effnet train', as --model takes it.",
    value: "folder")
  var runFolder: String?
  @Option(
    help: """
      Photos to calibrate with: a folder, a CSV file or tar archives, as 'effnet evaluate' takes \
      them. If they are labelled with the network's classes, the report has the accuracy, too \
      (default: the photos of the run).
      """, value: "photos")
  var calibrate: String?
  @Option(
    name: .shortAndLong,
    help: "The file to write: .safetensors; an existing file is replaced (default: none).",
    value: "file")
  var output: String?
  @Option(help: "Write the report as a page; an existing file is replaced.", value: "file.html")
  var report: String?
  @Option(number: "Use at most this many photos, spread evenly over all of them.") var limit = 400
  @Option(
    number: """
      Compute as few blocks as needed in 32-bit floats, so that the network loses at most this many \
      points of top-1 accuracy. The block whose rounding alone changes the probabilities most \
      goes first (default: no blocks).
      """, value: "points")
  var maxDrop: Double?
  @Option(
    help: """
      The range of a feature map's codes: mse, with the least mean squared error; 99.99, all but \
      0.01 % of the values; or min-max, all values.
      """)
  var ranges = RangeMethod.meanSquare
  @Flag(help: "Keep the scale of the largest weight of each output (default: the best scale).")
  var noClipping = false
  @Flag(help: "Keep the biases (default: they make up for the rounding of the weights).")
  var noBiasCorrection = false
  @Flag(help: "Save the network even if it agrees on less than 90 % of the photos.")
  var force = false
  @Flag(
    help: """
      Print one JSON object; blocks has the signal-to-noise ratio of each block in decibels, \
      divergence is in nats, drop in points, negative for a gain. floats are the blocks in 32-bit \
      floats, error and kind those of an output that could not be written.
      """)
  var json = false
  @Flag(help: "Do not show progress.") var quiet = false
  @OptionGroup var network: ModelOptions
  @OptionGroup var file: WeightOptions
  @OptionGroup var processors: ThreadOptions

  func validate() throws {
    try check(limit, "--limit", 4...100_000)
    try check(maxDrop, "--max-drop", 0...100)
    if let output, !output.lowercased().hasSuffix(".safetensors") {
      throw ValidationError("--output is \(output); its name must end in .safetensors")
    }
    if let report, !report.lowercased().hasSuffix(".html") {
      throw ValidationError("--report is \(report); a report is a page, its name must end in .html")
    }
    try checkFile(output, "--output", example: "int8.safetensors")
    try checkFile(report, "--report", example: "report.html")
    if runFolder != nil,
      [argument.name, network.model, file.weights].contains(where: { $0 != nil })
    {
      throw ValidationError(
        "--run already names the network; leave out the argument, --model and --weights")
    }
  }

  private func checkFile(_ path: String?, _ option: String, example: String) throws {
    try check(path, option, isNoFolder: example)
    if let path, FileStatus(path)?.kind == .other {
      throw ValidationError("\(option) is \(path), which is a pipe or a device; name a file")
    }
  }

  func run() throws {
    let source =
      try runFolder.map { ModelSource(resolution: network.resolution, weights: $0) }
      ?? ModelSource(network, file, argument: argument.name)
    let run = try source.run()
    if calibrate == nil, run == nil {
      throw ValidationError(
        "no photos to calibrate with; name 100 to 500 photos like those that the network will see: "
          + "--calibrate photos/")
    }
    if network.resolution != nil {
      // At another resolution, an int8 network has floats.
      var own = source
      own.resolution = nil
      if try own.description()?.quantization != nil {
        throw QuantizationError.isQuantized(source: source.weights ?? source.name ?? "the network")
      }
    }
    let model = try source.load(isPredicting: true)
    let pool = processors.pool()
    let quantizer = try Quantizer(model, pool: pool, options: options)
    let photos = try photos(run, classes: model.description.classes)
    let warning = calibrate == nil ? run.flatMap(EvaluateCommand.warning(onValidationOf:)) : nil
    let notes = photos.notes + [warning].compactMap(\.self)
    StandardError.note(notes)
    if force, output == nil { StandardError.note("--force saves nothing without --output") }
    let inputs =
      source.files + [calibrate].compactMap(\.self) + photos.all.map(\.source.filePath)
    try check(output, "--output", replacesNoneOf: inputs)
    try check(report, "--report", replacesNoneOf: inputs)
    // Open the outputs before the network runs, so that an unwritable path fails early.
    var weights = try output.map { try OutputFile(path: $0) }
    var page = try report.map { try OutputFile(path: $0) }
    let progress = QuantizationProgress(of: photos.all.count, isQuiet: quiet)
    var quantized = try quantizer.quantize(
      calibratingWith: photos.calibrating.count,
      photo: { try progress.decoded(photos.calibrating[$0]) })
    var comparison = try QuantizationReport(
      of: model, rounded: quantized, photos: photos.comparing.count,
      photo: { index in
        let photo = photos.comparing[index]
        return try progress.decoded(photo).map { ($0, photo.label) }
      }, pool: pool)
    guard comparison.photos > 0 else { throw QuantizationError.noPhotos }
    let calibrating = progress.decodedPhotos - comparison.photos
    var floats: [FloatBlocks.Block] = []
    if let maxDrop, comparison.drop > maxDrop {
      (quantized, floats, comparison) = try mixed(
        model, quantized, photos, losingAtMost: maxDrop, pool)
    }
    let cost = try QuantizationCost(
      of: model, quantized, pool: pool, check: { try Interruption.check() })
    var result = QuantizationResult(
      report: comparison, cost: cost, maxDrop: maxDrop, floats: floats,
      model: quantized.description, output: output, calibrating: calibrating,
      unused: photos.unused, broken: progress.broken)
    StandardError.note(result.remarks)
    // The work took minutes: an output that cannot be written takes none of the others with it.
    let isRefused = output != nil && !comparison.isGood && !force
    if output != nil, !isRefused {
      do {
        try weights?.write(quantized)
        try weights?.commit()
        result.isSaved = true
      } catch { result.failures.append(error) }
    }
    var isReported = false
    if report != nil {
      do {
        try page?.write(result.page(notes: notes, command: commandLine))
        try page?.commit()
        isReported = true
      } catch { result.failures.append(error) }
    }
    try json
      ? StandardOutput.print(object: result.object)
      : StandardOutput.print(lines(result, isReported: isReported))
    for failure in result.failures { StandardError.report(failure) }
    if isRefused {
      StandardError.report("the int8 network was not saved: \(result.refusal)")
    }
    if !result.broken.isEmpty || !result.failures.isEmpty || isRefused { throw ExitCode.failure }
  }

  /// Puts blocks of an int8 network in floats until it loses at most some points. Photos that cannot be
  /// read were reported before.
  private func mixed(
    _ model: Model, _ rounded: Model, _ photos: CalibrationPhotos, losingAtMost points: Double,
    _ pool: ThreadPool
  ) throws -> (Model, [FloatBlocks.Block], QuantizationReport) {
    func decoded(_ index: Int) throws -> (photo: PixelBuffer, label: Int?)? {
      try Interruption.check()
      let photo = photos.comparing[index]
      return (try? photo.source.decoded()).map { ($0, photo.label) }
    }
    func show(_ line: ProgressLine) -> (_ done: Int, _ total: Int) throws -> Void {
      { done, total in
        try Interruption.check()
        line.update(done, of: total)
      }
    }
    let some = photos.calibrating.spread(over: 64)
    let blocks = try FloatBlocks(
      of: model, rounded: rounded, photos: some.count,
      photo: {
        try Interruption.check()
        return try? some[$0].source.decoded()
      }, pool: pool, show: show(ProgressLine("blocks alone", isQuiet: quiet)))
    let count = try blocks.count(
      losingAtMost: points, photos: photos.comparing.count, photo: decoded,
      show: show(ProgressLine("blocks in floats", isQuiet: quiet)))
    let mixed = try blocks.model(inFloats: count)
    let report = try QuantizationReport(
      of: model, rounded: mixed, photos: photos.comparing.count, photo: decoded, pool: pool)
    return (mixed, Array(blocks.order.prefix(count)), report)
  }

  private var options: Quantizer.Options {
    var options = Quantizer.Options()
    (options.ranges, options.clipsWeights) = (ranges, !noClipping)
    options.correctsBiases = !noBiasCorrection
    return options
  }

  private func photos(_ run: RunFolder?, classes: [ClassLabel]) throws -> CalibrationPhotos {
    if let calibrate {
      return try CalibrationPhotos(at: calibrate, classes: classes, limit: limit)
    }
    guard let run else { preconditionFailure("there are neither photos nor a run") }
    do {
      return try CalibrationPhotos(
        run.readSettings().photos(validationLimit: nil), of: run.path, limit: limit)
    } catch let error as FileError where FileStatus(error.path) != nil {
      throw FileError(
        path: error.path, reason: "\(error.reason); name photos with --calibrate")
    }
  }

  private func lines(_ result: QuantizationResult, isReported: Bool) -> [String] {
    var lines = result.lines
    if let report, isReported { lines.append("report: \(report)") }
    if let output, result.isSaved {
      lines += [
        "saved: \(output)",
        "next: \(shellLine(["effnet", "classify", "photo.jpg", "--model", output]))",
      ]
    } else if output == nil {
      var options = ["--output", unusedName("int8", ending: ".safetensors")]
      if !result.report.isGood {
        lines.append("the agreement is below 90 %, so only --force saves the network")
        if !force { options.append("--force") }
      }
      lines.append("next: \(commandLine(adding: options))")
    }
    return lines.map(\.oneLine)
  }
}

extension RangeMethod: ExpressibleByArgument {}
