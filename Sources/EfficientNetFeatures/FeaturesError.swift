internal import EfficientNet
internal import EfficientNetCompute

/// Why features cannot be used as they were to be.
///
/// Every description is one line.
public enum FeaturesError: Error, Hashable, CustomStringConvertible {
  /// A network has no feature map of a reduction.
  case noLevel(network: String, reduction: Int, levels: [Int])
  /// A file's name does not end as one of features does.
  case unknownForm(path: String)
  /// A form of file cannot hold what it is to hold.
  case unsuitable(path: String, reason: String)
  /// Rows are compared that are not equally long.
  case dimensions(first: String, count: Int, second: String, other: Int)
  /// Features are compared that different networks made.
  case incomparable(first: String, second: String, reason: String)
  /// A table has no row of a name.
  case noRow(name: String, source: String)
  /// Another process is at work on a file.
  case inUse(path: String)
  /// A classifier needs other examples.
  case examples(reason: String)
  /// More photos at once than the machine's memory holds, in bytes.
  case batch(Int, needed: Int, memory: Int)

  /// For instance "features.npz has no row 'cat.jpg'; …".
  public var description: String {
    let message =
      switch self {
      case .noLevel(let network, let reduction, let levels):
        "\(network) has no feature map at a reduction of \(reduction); it has "
          + levels.map(String.init).joined(separator: ", ")
      case .unknownForm(let path):
        "\(path): features are kept in .npz, .npy, .csv or .safetensors files"
      case .unsuitable(let path, let reason):
        "\(path) \(reason)"
      case .dimensions(let first, let count, let second, let other):
        "\(first) has rows of \(count) numbers, \(second) of \(other); the same network and stage have to make both"
      case .incomparable(let first, let second, let reason):
        "\(first) and \(second) cannot be compared: \(reason)"
      case .noRow(let name, let source):
        "\(source) has no row \(WeightsError.quoted(name)); its rows are named as the paths were given to 'effnet embed'"
      case .inUse(let path):
        "\(path) is in use by another process"
      case .examples(let reason):
        reason
      case .batch(let batch, let needed, let memory):
        "--batch \(batch) needs \(needed >> 20) MB of memory, the machine has \(memory >> 20) MB; lower it"
      }
    return message.oneLine
  }
}
