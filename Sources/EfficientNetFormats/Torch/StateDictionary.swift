internal import EfficientNet
internal import EfficientNetCompute

/// The tensors of a network that a checkpoint holds, by name, not yet read.
///
/// A checkpoint is either the dictionary itself or one with a few well-known keys, one of which
/// leads to it: "state_dict" (timm), "model" (torchvision), and with "_ema" the moving averages.
struct StateDictionary {
  private static let plainKeys = ["state_dict", "model", "model_state_dict"]
  private static let averageKeys = ["state_dict_ema", "model_ema"]
  /// What DistributedDataParallel puts before every name.
  private static let parallelPrefix = "module."

  /// The names of what is beside a network under a prefix and has no floats.
  private(set) var beside: [String] = []
  /// What a training checkpoint says beside its tensors: "arch", timm's name of the network.
  let metadata: [String: String]
  private let heap: PickleHeap
  /// The tensors' places in the heap.
  private var tensors: [String: Int] = [:]

  /// Finds the tensors in a checkpoint's object.
  ///
  /// - Parameter prefersEMA: Whether to take the moving averages where a checkpoint has both.
  /// - Throws: ``FormatError``, which names a value that is not a tensor.
  init(_ root: PickleValue, of heap: PickleHeap, prefersEMA: Bool) throws(FormatError) {
    self.heap = heap
    metadata =
      (heap.entries(root)?["arch"]?.string).map { [Weights.architectureKey: $0] } ?? [:]
    var values: [(name: String, value: PickleValue)] = []
    for (name, value) in try Self.unwrap(root, heap, prefersEMA) {
      let name =
        name.hasPrefix(Self.parallelPrefix)
        ? String(name.dropFirst(Self.parallelPrefix.count)) : name
      if !Weights.isStepCounter(name) { values.append((name, value)) }
    }
    let prefixes = Weights.networkPrefixes(of: values.map(\.name))
    for (name, value) in values {
      // What a training program keeps beside the network need not be numbers.
      if prefixes.count == 1, !name.hasPrefix(prefixes[0]), !Self.isReadable(value, heap) {
        beside.append(name)
        continue
      }
      guard case .tensor(let place) = value else {
        throw .unsupported("has \(value.kind) under \(WeightsError.quoted(name)) among its tensors")
      }
      guard tensors.updateValue(place, forKey: name) == nil else {
        throw .damaged("it has two tensors \(WeightsError.quoted(name))")
      }
    }
  }

  /// Whether a value is a tensor of a type that weights have.
  private static func isReadable(_ value: PickleValue, _ heap: PickleHeap) -> Bool {
    guard case .tensor(let place) = value else { return false }
    return heap.storages[heap.tensors[place].storage].scalar.elementType != nil
  }

  /// The dictionary from names to tensors.
  private static func unwrap(
    _ root: PickleValue, _ heap: PickleHeap, _ prefersEMA: Bool
  ) throws(FormatError) -> [String: PickleValue] {
    guard let entries = heap.entries(root) else {
      throw .unsupported("holds \(root.kind), not a dictionary of tensors")
    }
    let keys = prefersEMA ? averageKeys + plainKeys : plainKeys + averageKeys
    for key in keys {
      if let value = entries[key], let inner = heap.entries(value) { return inner }
    }
    let hasTensor = entries.values.contains { if case .tensor = $0 { true } else { false } }
    guard hasTensor || entries.isEmpty else {
      let found = entries.keys.sorted().prefix(5).map(WeightsError.quoted).joined(separator: ", ")
      throw .unsupported(
        "has neither tensors nor a 'state_dict', but \(found); save model.state_dict()")
    }
    return entries
  }

  /// Reads the tensors, each storage once.
  ///
  /// - Parameters:
  ///   - archive: What the object is from.
  ///   - bytes: The whole checkpoint.
  /// - Throws: ``FormatError``, which names a tensor of an integer type.
  func read(
    from archive: TorchArchive, in bytes: RawSpan, budget: inout AllocationBudget
  ) throws(FormatError) -> [String: WeightTensor] {
    var result: [String: WeightTensor] = [:]
    let groups = Dictionary(grouping: tensors.keys.sorted()) { storage(of: $0) }
    for (storage, names) in groups.sorted(by: { $0.value[0] < $1.value[0] }) {
      guard let type = storage.scalar.elementType else {
        throw .unsupported(
          "has a tensor \(WeightsError.quoted(names[0])) of type "
            + "\(storage.scalar.rawValue); weights are Float, Half, BFloat16 or Double")
      }
      for name in names { try budget.spend(4 * tensor(name).count) }
      try archive.withStorage(storage, in: bytes, budget: &budget) { bytes in
        for name in names {
          let tensor = tensor(name)
          result[name] = WeightTensor(
            shape: tensor.shape, elements: tensor.elements(of: bytes, as: type))
        }
      }
    }
    return result
  }

  private func tensor(_ name: String) -> TorchTensor { heap.tensors[tensors[name]!] }

  private func storage(of name: String) -> TorchStorage { heap.storages[tensor(name).storage] }
}
