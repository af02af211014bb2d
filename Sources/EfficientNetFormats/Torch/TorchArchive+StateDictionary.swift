internal import EfficientNet
internal import EfficientNetCompute

extension TorchArchive {
  private static let plainKeys = ["state_dict", "model", "model_state_dict"]
  private static let averageKeys = ["state_dict_ema", "model_ema"]
  /// The prefix that DistributedDataParallel adds to every name.
  private static let parallelPrefix = "module."

  /// Returns the tensors of the network, and timm's name of the network in the metadata if the
  /// checkpoint has "arch".
  ///
  /// A checkpoint is a dictionary of tensors, or contains one under a well-known key: "state_dict"
  /// (timm), "model" (torchvision), or one of these with "_ema" for the moving averages.
  ///
  /// - Parameters:
  ///   - bytes: The whole checkpoint.
  ///   - source: The name of the file in messages.
  ///   - prefersEMA: Whether to read the moving averages of a checkpoint that has both them and the
  ///     plain weights.
  ///   - budget: The memory limit.
  /// - Throws: ``FormatError``, which names a value that is not a tensor or is a tensor of an
  ///   integer type.
  func weights(
    in bytes: RawSpan, source: String, prefersEMA: Bool, budget: inout AllocationBudget
  ) throws(FormatError) -> Weights {
    var (weights, places) = try outline(source: source, prefersEMA: prefersEMA)
    weights.tensors = try read(places, in: bytes, budget: &budget)
    return weights
  }

  /// Returns the tensors of the network as ``weights(in:source:prefersEMA:budget:)``, but without
  /// elements, and their places.
  func outline(
    source: String, prefersEMA: Bool
  ) throws(FormatError) -> (weights: Weights, places: [String: TorchTensor]) {
    var weights = Weights(source: source)
    weights.metadata[Weights.architectureKey] = heap.entries(root)?["arch"]?.string
    var values: [(name: String, value: PickleValue)] = []
    for (name, value) in try stateDictionary(prefersEMA: prefersEMA) {
      let name =
        name.hasPrefix(Self.parallelPrefix)
        ? String(name.dropFirst(Self.parallelPrefix.count)) : name
      if !Weights.isStepCounter(name) { values.append((name, value)) }
    }
    let prefixes = Weights.networkPrefixes(of: values.map(\.name))
    var tensors: [String: TorchTensor] = [:]
    for (name, value) in values {
      // Values that a training program stores in addition to the network need not be numbers.
      if prefixes.count == 1, !name.hasPrefix(prefixes[0]), !isReadable(value) {
        weights.beside.append(name)
        continue
      }
      guard case .tensor(let place) = value else {
        throw .unsupported("has \(value.kind) under \(WeightsError.quoted(name)) among its tensors")
      }
      guard tensors.updateValue(heap.tensors[place], forKey: name) == nil else {
        throw .damaged("it has two tensors \(WeightsError.quoted(name))")
      }
    }
    weights.beside.sort()
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      _ = try elementType(of: tensor, named: name)
    }
    weights.tensors = tensors.mapValues { WeightTensor(unread: $0.shape) }
    return (weights, tensors)
  }

  /// Returns whether a value is a tensor of a floating-point type.
  private func isReadable(_ value: PickleValue) -> Bool {
    guard case .tensor(let place) = value else { return false }
    return heap.storages[heap.tensors[place].storage].scalar.elementType != nil
  }

  /// Returns the format of a tensor's elements.
  ///
  /// - Throws: ``FormatError/unsupported(_:)`` if they are not floating-point numbers.
  private func elementType(
    of tensor: TorchTensor, named name: String
  ) throws(FormatError) -> ElementType {
    let scalar = heap.storages[tensor.storage].scalar
    guard let type = scalar.elementType else {
      throw .unsupported(
        "has a tensor \(WeightsError.quoted(name)) of type \(scalar.rawValue); "
          + "weights are Float, Half, BFloat16 or Double")
    }
    return type
  }

  /// Returns the dictionary from names to tensors.
  private func stateDictionary(prefersEMA: Bool) throws(FormatError) -> [String: PickleValue] {
    guard let entries = heap.entries(root) else {
      throw .unsupported("holds \(root.kind), not a dictionary of tensors")
    }
    let (plain, average) = (Self.plainKeys, Self.averageKeys)
    for key in prefersEMA ? average + plain : plain + average {
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

  /// Reads tensors; each storage is read once.
  private func read(
    _ tensors: [String: TorchTensor], in bytes: RawSpan, budget: inout AllocationBudget
  ) throws(FormatError) -> [String: WeightTensor] {
    for tensor in tensors.values { try budget.keep(4 * tensor.count) }
    var result: [String: WeightTensor] = [:]
    let sorted = tensors.sorted { $0.key < $1.key }
    let groups = Dictionary(grouping: sorted) { heap.storages[$0.value.storage] }
    for (storage, tensors) in groups.sorted(by: { $0.value[0].key < $1.value[0].key }) {
      let type = try elementType(of: tensors[0].value, named: tensors[0].key)
      try withStorage(storage, in: bytes, budget: &budget) { bytes in
        for (name, tensor) in tensors {
          result[name] = WeightTensor(
            shape: tensor.shape, elements: tensor.elements(of: bytes, as: type))
        }
      }
    }
    return result
  }
}
