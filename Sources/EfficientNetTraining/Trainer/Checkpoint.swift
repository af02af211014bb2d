internal import EfficientNet
internal import EfficientNetCompute

/// The complete state of a run, for a bit-identical resume: weights, optimizer, moving average and
/// progress.
///
/// It is a safetensors file; 32-bit floats keep every bit.
struct Checkpoint {
  private static let key = "swift-efficientnet-training"
  private static let checksumKey = "checksum"
  private static let stateName = "optimizer.state"

  /// Writes a checkpoint completely or not at all.
  ///
  /// - Throws: `WeightsError`, also if a number is not finite.
  static func write(
    _ progress: Progress, network: TrainingNetwork, optimizer: Optimizer, average: WeightAverage?,
    to path: String
  ) throws {
    var file = Weights(source: path)
    for (name, tensor) in network.weights.tensors { file.tensors["weights.\(name)"] = tensor }
    for (name, tensor) in average?.weights(of: network).tensors ?? [:] {
      file.tensors["average.\(name)"] = tensor
    }
    file.tensors[stateName] = optimizer.moments
    if let (name, _) = file.tensors.first(where: { !$0.value.isFinite }) {
      throw WeightsError.nonFinite(name: name, source: path)
    }
    var progress = progress
    progress.parameterSteps = optimizer.parameterSteps
    file.metadata[key] = try encodedJSON(progress)
    file.metadata[checksumKey] = checksum(file)
    try file.write(safetensors: path)
  }

  /// The checksum of the state and of all tensors with their names.
  private static func checksum(_ file: Weights) -> String {
    var hash = StableHash()
    hash.combine(file.metadata[key] ?? "")
    for name in file.names {
      hash.combine(name)
      file.tensors[name]?.withElements { hash.combine($0.bytes) }
    }
    return String(hash.value, radix: 16)
  }

  /// Restores the state of a network, an optimizer and an average.
  ///
  /// - Parameters:
  ///   - epochs: The epochs of the run, each of `batchesPerEpoch` batches.
  ///   - photos: The number of photos of the run, training and validation together.
  /// - Throws: `WeightsError` if the file is not a checkpoint of this run.
  static func read(
    _ path: String, epochs: Int, batchesPerEpoch: Int, photos: Int, network: TrainingNetwork,
    optimizer: Optimizer, average: WeightAverage?
  ) throws -> Progress {
    let file = try Weights(safetensors: path)
    guard let json = file.metadata[key] else {
      throw WeightsError.damaged(source: path, reason: "it is not a checkpoint of a training run")
    }
    guard file.metadata[checksumKey] == checksum(file) else {
      throw WeightsError.damaged(source: path, reason: "its checksum is wrong")
    }
    let progress: Progress
    do {
      progress = try decodedJSON(Array(json.utf8))
    } catch {
      throw WeightsError.damaged(
        source: path,
        reason: "its state cannot be read (\(error)); "
          + "another version of effnet may have written it")
    }
    guard progress.isPossible(epochs: epochs, batchesPerEpoch: batchesPerEpoch, photos: photos),
      progress.parameterSteps.count == optimizer.parameterSteps.count,
      progress.parameterSteps.allSatisfy({ $0 <= progress.steps })
    else {
      throw WeightsError.damaged(source: path, reason: "its state belongs to another run")
    }
    func tensors(_ prefix: String) throws -> Weights {
      var part = Weights(source: path)
      for (name, tensor) in file.tensors where name.hasPrefix(prefix) {
        part.tensors[String(name.dropFirst(prefix.count))] = tensor
      }
      return try NameMap.timm.canonical(part, for: network.architecture)
    }
    network.load(try tensors("weights."))
    if let average {
      network.load(try tensors("average."), into: average.arena)
      average.steps = progress.averagedSteps
    }
    let (moments, expected) = (file.tensors[stateName], [optimizer.state.count])
    guard let moments else { throw WeightsError.missing(name: stateName, source: path) }
    guard moments.shape == expected else {
      throw WeightsError.shape(
        name: stateName, source: path, found: moments.shape, expected: expected)
    }
    moments.withElements { optimizer.state.copy($0, to: optimizer.state.all) }
    (optimizer.steps, optimizer.parameterSteps) = (progress.steps, progress.parameterSteps)
    return progress
  }
}

extension Optimizer {
  /// The moments in memory order.
  fileprivate var moments: WeightTensor {
    let elements = state.read(state.all) { values in values.indices.map { values[$0] } }
    return WeightTensor(shape: [elements.count], elements: elements)
  }
}

extension Arena {
  fileprivate var all: Region { Region(offset: 0, count: count) }
}
