internal import EfficientNet

/// A value in a pickle, as far as files with tensors need it.
///
/// A container is a place in the ``PickleHeap``, not a nested value. It can therefore change after
/// it is shared, and contain itself. The reader needs no recursion for nested containers.
enum PickleValue: Equatable {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer beyond 64 bits: two's complement, least significant byte first.
  case longInteger([UInt8])
  case float(Double)
  case string(String)
  case bytes([UInt8])
  case global(TorchGlobal)
  /// The place of the elements in the heap.
  case tuple(Int)
  /// The place of the elements in the heap.
  case list(Int)
  /// The place of alternating keys and values in the heap.
  case dictionary(Int)
  /// The place of a storage in ``PickleHeap/storages``.
  case storage(Int)
  /// The place of a tensor in ``PickleHeap/tensors``.
  case tensor(Int)
  /// A harmless value that is not needed, with its kind for messages.
  case opaque(String)

  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a truth value"
    case .int, .longInteger: "an integer"
    case .float: "a number"
    case .string: "a string"
    case .bytes: "bytes"
    case .global(let global): global.name
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .opaque(let kind): kind
    }
  }

  var integer: Int? {
    if case .int(let value) = self { value } else { nil }
  }

  var string: String? {
    if case .string(let value) = self { value } else { nil }
  }
}

/// The containers, storages and tensors of one pickle.
struct PickleHeap {
  /// The elements of each tuple, list and dictionary.
  var containers: [[PickleValue]] = []
  var storages: [TorchStorage] = []
  var tensors: [TorchTensor] = []

  /// Adds the elements of a container and returns their place.
  mutating func add(_ elements: [PickleValue]) -> Int {
    containers.append(elements)
    return containers.count - 1
  }

  /// Returns the elements of a tuple or list, or nil for another value.
  func elements(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let place), .list(let place): containers[place]
    case .none, .bool, .int, .longInteger, .float, .string, .bytes, .global, .dictionary, .storage,
      .tensor, .opaque:
      nil
    }
  }

  /// Returns the integers of a tuple or list of at most 64 elements, PyTorch's largest number of
  /// dimensions.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value), elements.count <= 64 else { return nil }
    let integers = elements.compactMap(\.integer)
    return integers.count == elements.count ? integers : nil
  }

  /// Returns the values of a dictionary by its string keys; the last value of a repeated key
  /// counts.
  func entries(_ value: PickleValue) -> [String: PickleValue]? {
    guard case .dictionary(let place) = value else { return nil }
    let flat = containers[place]
    var entries: [String: PickleValue] = [:]
    for index in stride(from: 0, to: flat.count - 1, by: 2) {
      if let key = flat[index].string { entries[key] = flat[index + 1] }
    }
    return entries
  }
}
