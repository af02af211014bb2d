internal import EfficientNet

extension PickleReader {
  /// Returns the global with the given Python name.
  ///
  /// - Throws: ``FormatError/unsupported(_:)``, which names the global, for all names that are not
  ///   in ``TorchGlobal``.
  func global(module: String, name: String) throws(FormatError) -> PickleValue {
    let path = "\(module).\(name)"
    guard let global = TorchGlobal(path) else {
      throw .unsupported("needs \(WeightsError.quoted(path)); \(Self.policy)")
    }
    return .global(global)
  }

  /// Returns the value that Python would get by calling one of the known globals.
  mutating func call(
    _ callee: PickleValue, arguments: PickleValue
  ) throws(FormatError) -> PickleValue {
    guard case .global(let global) = callee else {
      throw .unsupported("calls \(callee.kind); \(Self.policy)")
    }
    guard case .tuple(let place) = arguments else {
      throw .damaged("its pickle calls \(global.name) with \(arguments.kind)")
    }
    return try call(global, heap.containers[place])
  }

  private mutating func call(
    _ global: TorchGlobal, _ arguments: [PickleValue]
  ) throws(FormatError) -> PickleValue {
    switch global {
    case .function(.orderedDictionary), .function(.namespace):
      guard arguments.isEmpty else {
        throw .unsupported("creates \(global.name) from a list; save it with a newer Python")
      }
      return .dictionary(heap.add([]))
    case .function(.counter):
      guard let counts = arguments.first else { return .dictionary(heap.add([])) }
      guard case .dictionary = counts else { throw .damaged("its pickle counts \(counts.kind)") }
      return counts
    case .function(.size):
      guard let first = arguments.first, case .tuple = first else {
        throw .damaged("its pickle creates a size without a tuple")
      }
      return first
    case .function(.rebuildTensor): return try tensor(arguments)
    case .function(.rebuildFromType):
      guard arguments.count >= 3, case .global(let function) = arguments[0],
        case .tuple(let place) = arguments[2], function != .function(.rebuildFromType)
      else { throw .damaged("its pickle describes a tensor wrongly") }
      return try call(function, heap.containers[place])
    case .function(.rebuildParameter):
      switch arguments.first {
      case .tensor(let place): return .tensor(place)
      case .opaque(let kind): return .opaque(kind)
      default: throw .damaged("its pickle creates a parameter without a tensor")
      }
    case .opaque(_, let kind): return .opaque(kind)
    case .storage: throw .unsupported("calls \(global.name); \(Self.policy)")
    }
  }

  /// Returns the tensor of
  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks, …)`.
  private mutating func tensor(_ arguments: [PickleValue]) throws(FormatError) -> PickleValue {
    guard arguments.count >= 4, case .storage(let place) = arguments[0],
      let offset = arguments[1].integer,
      let shape = heap.integers(arguments[2]), let strides = heap.integers(arguments[3])
    else { throw .damaged("its pickle describes a tensor wrongly") }
    // PyTorch conjugates or negates the elements of such a view when it reads them.
    if arguments.count > 6, let states = heap.entries(arguments[6]),
      states.values.contains(.bool(true))
    {
      return .opaque("a negated or conjugated tensor")
    }
    let storage = heap.storages[place]
    guard
      let tensor = TorchTensor(
        storage: place, of: storage.count, offset: offset, shape: shape, strides: strides)
    else {
      throw .damaged(
        "a tensor \(WeightsError.extents(shape)) at element \(offset) does not fit into its "
          + "storage of \(storage.count) elements")
    }
    heap.tensors.append(tensor)
    return .tensor(heap.tensors.count - 1)
  }

  /// Returns the storage of `("storage", type, key, location, count[, view])`.
  mutating func storage(identifier: PickleValue) throws(FormatError) -> PickleValue {
    guard let fields = heap.elements(identifier), fields.count >= 5,
      fields[0] == .string("storage"), case .global(.storage(let scalar)) = fields[1],
      let key = fields[2].string, let count = fields[4].integer
    else { throw .damaged("its pickle describes a storage wrongly") }
    guard fields.count == 5 || fields[5] == .none else {
      throw .unsupported("has storages that are parts of others; save it with a newer PyTorch")
    }
    let storage = TorchStorage(key: key, scalar: scalar, count: count)
    guard storage.byteCount != nil else {
      throw .damaged("storage \(WeightsError.quoted(key)) claims \(count) elements")
    }
    heap.storages.append(storage)
    return .storage(heap.storages.count - 1)
  }
}
