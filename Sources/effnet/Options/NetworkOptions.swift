public import ArgumentParser
public import EfficientNet

/// Which network runs, with which weights, on how many threads.
struct NetworkOptions: ParsableArguments {
  @OptionGroup var model: ModelOptions
  @OptionGroup var file: WeightOptions
  @OptionGroup var numbers: PrecisionOptions
  @OptionGroup var processors: ThreadOptions

  func source(_ scale: ScaleOptions? = nil) throws -> ModelSource {
    try ModelSource(model, file, scale: scale)
  }

  var precision: Precision { numbers.precision }
}

extension Precision: ExpressibleByArgument {}

/// What the network computes with.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: """
      Numbers of feature maps and of what products read: fp32, or bf16, which is faster where the machine has \
      instructions for it, and a little less accurate.
      """)
  var precision = Precision.float32
}

/// On how many threads a command runs.
struct ThreadOptions: ParsableArguments {
  @Option(number: "Threads to run on (default: all processors).") var threads: Int?

  func validate() throws { try check(threads, "--threads", 1...1024) }

  func pool() -> ThreadPool { .started(threads: threads) }
}

extension ThreadPool {
  /// A pool of so many threads, or of one for each processor. A note says if the system starts fewer.
  static func started(threads: Int?) -> ThreadPool {
    let pool = ThreadPool(threads: threads)
    if pool.threads < pool.requestedThreads {
      StandardError.note(
        "the system starts only \(pool.threads) of \(pool.requestedThreads) threads: a limit of memory or "
          + "processes; effnet computes with these")
    }
    return pool
  }
}

/// Names of classes from a file.
struct LabelOptions: ParsableArguments {
  @Option(
    help:
      "Names of the classes, one a line, as many as the network has, in place of those in the weights.",
    value: "file")
  var labels: String?

  /// Gives a model the labels of the file, if there is one.
  func apply(to model: inout Model) throws {
    guard let labels else { return }
    let classes = try ClassLabel.read(path: labels)
    let count = model.description.architecture.classes
    guard classes.count == count else {
      throw LabelsError.count(path: labels, found: classes.count, expected: count)
    }
    model.description.classes = classes
  }
}
