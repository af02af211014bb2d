import ArgumentParser
import EfficientNet

struct NetworkOptions: ParsableArguments {
  @OptionGroup var model: ModelOptions
  @OptionGroup var file: WeightOptions
  @OptionGroup var numbers: PrecisionOptions
  @OptionGroup var processors: ThreadOptions

  func source(_ scale: ScaleOptions? = nil) throws -> ModelSource {
    try ModelSource(model, file, scale: scale)
  }
}

struct ThreadOptions: ParsableArguments {
  @Option(number: "Number of threads (default: all processors).") var threads: Int?

  func validate() throws { try check(threads, "--threads", 1...1024) }

  func pool() -> ThreadPool { .started(threads: threads) }
}

extension ThreadPool {
  /// Starts a pool of threads, by default one for each processor. Prints a note if the system
  /// starts fewer.
  static func started(threads: Int?) -> ThreadPool {
    let pool = ThreadPool(threads: threads)
    if pool.threads < pool.requestedThreads {
      StandardError.note(
        "the system started only \(pool.threads) of \(pool.requestedThreads) threads, because of a limit on "
          + "memory or processes; effnet runs on these")
    }
    return pool
  }
}

/// The option for a file of class names.
struct LabelOptions: ParsableArguments {
  @Option(
    help: """
      Read class names from this file, one line for each class (default: the names in the weights).
      """, value: "file")
  var labels: String?

  /// Replaces the labels of a model by those of the file, if given.
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
