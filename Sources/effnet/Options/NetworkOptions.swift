import ArgumentParser
import EfficientNet
import EfficientNetImages

/// Which network runs, with which weights, on how many threads.
struct NetworkOptions: ParsableArguments {
  @OptionGroup var model: ModelOptions
  @OptionGroup var file: WeightOptions
  @OptionGroup var numbers: PrecisionOptions
  @OptionGroup var processors: ThreadOptions

  /// Where the network comes from.
  func source(_ scale: ScaleOptions? = nil) throws -> ModelSource {
    try ModelSource(model, file, scale: scale)
  }

  var precision: Precision { numbers.precision }
}

/// On how many threads a command runs.
struct ThreadOptions: ParsableArguments {
  @Option(number: "Threads to run on (default: all processors).") var threads: Int?

  func validate() throws { try check(threads, "--threads", 1...1024) }

  /// Starts the threads. A note says if the system starts fewer than were asked for.
  func pool() -> ThreadPool { .started(threads: threads) }
}

/// Names of classes from a file.
struct LabelOptions: ParsableArguments {
  @Option(
    help:
      "Names of the classes, one a line, as many as the network has, in place of those in the weights.",
    value: "file")
  var labels: String?

  /// The labels of the file, as many as `count`; nil without a file.
  func read(count: Int) throws -> [ClassLabel]? {
    guard let labels else { return nil }
    let classes = try ClassLabel.read(path: labels)
    guard classes.count == count else {
      throw LabelsError.count(path: labels, found: classes.count, expected: count)
    }
    return classes
  }
}

/// How photos are decoded.
struct DecodingArguments: ParsableArguments {
  @Option(
    number: "The most pixels a photo may have: small files can claim huge sizes.", value: "pixels")
  var maxPixels = DecodingOptions().maximumPixels
  @Flag(help: "Leave photos as they are stored, whatever their EXIF orientation says.")
  var noOrientation = false

  func validate() throws { try check(maxPixels, "--max-pixels", 1...Int(Int32.max)) }

  var options: DecodingOptions {
    DecodingOptions(maximumPixels: maxPixels, appliesOrientation: !noOrientation)
  }
}
