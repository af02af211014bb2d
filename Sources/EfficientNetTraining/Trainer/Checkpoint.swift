internal import EfficientNet
internal import EfficientNetCompute

/// Everything that a run needs to go on as if it had never stopped: weights, optimizer, moving average, and where it is.
///
/// A safetensors file of its own; 32-bit floats keep every bit.
struct Checkpoint {
  private static let key = "swift-efficientnet-training"
  private static let checksumKey = "checksum"
  private static let stateName = "optimizer.state"

  /// Writes a checkpoint whole or not at all.
  ///
  /// - Throws: ``WeightsError``, also if there is a number that is not finite.
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

  /// Of the state and all tensors with their names.
  private static func checksum(_ file: Weights) -> String {
    var hash = StableHash()
    hash.combine(file.metadata[key] ?? "")
    for name in file.names {
      hash.combine(name)
      file.tensors[name]?.withElements { hash.combine($0.bytes) }
    }
    return String(hash.value, radix: 16)
  }

  /// Puts a network, an optimizer and an average where they were.
  ///
  /// - Parameters:
  ///   - epochs: Those of the run, each of `batchesPerEpoch` batches.
  ///   - photos: Those of the run, of both parts.
  /// - Throws: ``WeightsError`` if the file is none of this run's checkpoints.
  static func read(
    _ path: String, epochs: Int, batchesPerEpoch: Int, photos: Int, network: TrainingNetwork,
    optimizer: Optimizer, average: WeightAverage?
  ) throws -> Progress {
    let file = try Weights(safetensors: path)
    guard let json = file.metadata[key] else {
      throw WeightsError.damaged(source: path, reason: "it is no checkpoint of a training run")
    }
    guard file.metadata[checksumKey] == checksum(file) else {
      throw WeightsError.damaged(source: path, reason: "its checksum is another one")
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
      throw WeightsError.damaged(source: path, reason: "its state is not one of this run")
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
  /// The moments, as they lie in memory.
  fileprivate var moments: WeightTensor {
    let elements = state.read(state.all) { values in values.indices.map { values[$0] } }
    return WeightTensor(shape: [elements.count], elements: elements)
  }
}

extension Arena {
  fileprivate var all: Region { Region(offset: 0, count: count) }
}
