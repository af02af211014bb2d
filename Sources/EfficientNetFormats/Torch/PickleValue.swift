internal import EfficientNet

/// A value that a pickle describes, as far as files of tensors have them.
///
/// Containers are places in the ``PickleHeap``, not nested values: they can then change after they
/// are shared, contain themselves, and be as deep as a file likes without any recursion here.
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
  /// The elements, in order, at a place in the heap.
  case tuple(Int)
  /// The elements, in order, at a place in the heap.
  case list(Int)
  /// Keys and values in turn, at a place in the heap.
  case dictionary(Int)
  /// A storage by its place in ``PickleHeap/storages``.
  case storage(Int)
  /// A tensor by its place in ``PickleHeap/tensors``.
  case tensor(Int)
  /// Something harmless that is not looked at: what it is, for messages.
  case opaque(String)

  /// What it is, for messages.
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

  /// The integer that this is.
  var integer: Int? {
    if case .int(let value) = self { value } else { nil }
  }

  /// The string that this is.
  var string: String? {
    if case .string(let value) = self { value } else { nil }
  }
}

/// The containers, storages and tensors of one pickle.
struct PickleHeap {
  /// The elements of each tuple, list and dictionary.
  var containers: [[PickleValue]] = []
  /// The storages that the pickle refers to.
  var storages: [TorchStorage] = []
  /// The tensors that the pickle describes.
  var tensors: [TorchTensor] = []

  /// Adds a container's elements and returns their place.
  mutating func add(_ elements: [PickleValue]) -> Int {
    containers.append(elements)
    return containers.count - 1
  }

  /// The elements of a tuple or list.
  func elements(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let place), .list(let place): containers[place]
    case .none, .bool, .int, .longInteger, .float, .string, .bytes, .global, .dictionary, .storage,
      .tensor, .opaque:
      nil
    }
  }

  /// The integers of a tuple or list of at most 64, PyTorch's largest number of dimensions.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value), elements.count <= 64 else { return nil }
    let integers = elements.compactMap(\.integer)
    return integers.count == elements.count ? integers : nil
  }

  /// A dictionary's values by its keys that are strings; the last value of a repeated key counts.
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
