internal import EfficientNet
public import EfficientNetCompute

/// An error in making, storing or comparing features. Every description is one line.
public enum FeaturesError: LibraryError {
  /// The network has no feature map at this reduction.
  case noLevel(network: String, reduction: Int, levels: [Int])
  /// The name of a file does not end in .npz, .npy, .csv or .safetensors.
  case unknownForm(path: String)
  /// A file cannot be used, for the given reason.
  case unsuitable(path: String, reason: String)
  /// The rows to compare have different numbers of features.
  case dimensions(first: String, count: Int, second: String, other: Int)
  /// The features of a photo have NaN or infinity.
  case notFinite(name: String)
  /// The threshold of a cosine is NaN, below −1 or above 1.
  case threshold(Float)
  /// The features to compare come from different networks, stages or resolutions.
  case incomparable(first: String, second: String, reason: String)
  /// The table has no row of this name; `suggestions` are names to use instead.
  case noRow(name: String, source: String, suggestions: [String])
  /// Another program wrote into the file of a table while it was in use.
  case changed(path: String)
  /// Another process uses the file.
  case inUse(path: String)
  /// The examples are not sufficient for a classifier.
  case examples(reason: String)
  /// A batch needs more memory than the machine has, both in bytes.
  case batch(Int, needed: Int, memory: Int)

  /// The message, such as "features.npz has no row 'cat.jpg'; …".
  public var description: String {
    let message =
      switch self {
      case .noLevel(let network, let reduction, let levels):
        "\(network) has no feature map at reduction \(reduction); available are "
          + levels.map(String.init).joined(separator: ", ")
      case .unknownForm(let path):
        "\(path): the name of a file of features must end in .npz, .npy, .csv or .safetensors"
      case .unsuitable(let path, let reason):
        "\(path) \(reason)"
      case .dimensions(let first, let count, let second, let other):
        "\(first) has rows of \(count) numbers, \(second) of \(other); "
          + "make both with the same network and stage"
      case .notFinite(let name):
        "the features of \(name) have NaN or infinity; are the network's weights damaged?"
      case .threshold(let threshold):
        "the threshold is \(threshold); it must be from -1 to 1"
      case .incomparable(let first, let second, let reason):
        "\(first) and \(second) cannot be compared: \(reason)"
      case .noRow(let name, let source, let suggestions):
        "\(source) has no row \(WeightsError.quoted(name)); "
          + (suggestions.isEmpty
            ? "its rows are named by the paths of the photos"
            : "did you mean \(suggestions.map(WeightsError.quoted).joined(separator: " or "))?")
      case .changed(let path):
        "\(path): changed while it was in use; open it again, and replace files in use by renaming "
          + "new ones"
      case .inUse(let path):
        "\(path) is in use by another process"
      case .examples(let reason):
        reason
      case .batch(let batch, let needed, let memory):
        "a batch of \(batch) photos needs \(needed.megabytes) of memory, "
          + "but the machine has \(memory.megabytes); use a smaller batch"
      }
    return message.oneLine
  }
}
