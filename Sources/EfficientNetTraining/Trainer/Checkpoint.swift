internal import EfficientNet
internal import EfficientNetCompute

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Everything that a run needs to go on as if it had never stopped: weights, optimizer, moving average, and where it is.
///
/// A safetensors file of its own; 32-bit floats keep every bit.
struct Checkpoint {
  /// Where a run is.
  struct Progress: Codable, Hashable {
    /// The epoch that is under way, from 1 on.
    var epoch = 1
    /// Batches of it that are done.
    var batches = 0
    /// Optimizer steps of the whole run, and those that the average has seen.
    var steps = 0
    var averagedSteps = 0
    /// Of the epoch so far.
    var loss = 0.0
    var correct = 0
    var images = 0
    var seconds = 0.0
    /// Of the whole run.
    var totalSeconds = 0.0
    var totalImages = 0
    var best: Best?
    var records: [EpochRecord] = []
    var broken: [BrokenPhoto] = []
  }

  /// The epoch with the best accuracy.
  struct Best: Codable, Hashable {
    var epoch: Int
    var top1: Double
  }

  private static let key = "swift-efficientnet-training"

  /// Writes a checkpoint whole or not at all.
  ///
  /// - Throws: ``WeightsError``.
  static func write(
    _ progress: Progress, network: TrainingNetwork, optimizer: Optimizer, average: WeightAverage?,
    to path: String
  ) throws {
    var file = Weights(source: path)
    for (name, tensor) in network.weights.tensors { file.tensors["weights.\(name)"] = tensor }
    for (name, tensor) in average?.weights(of: network).tensors ?? [:] {
      file.tensors["average.\(name)"] = tensor
    }
    for (name, tensor) in optimizer.tensors { file.tensors["optimizer.\(name)"] = tensor }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    file.metadata[key] = String(decoding: try encoder.encode(progress), as: UTF8.self)
    try file.write(safetensors: path)
  }

  /// Puts a network, an optimizer and an average where they were.
  ///
  /// - Throws: ``WeightsError`` if the file is none of this network's checkpoints.
  static func read(
    _ path: String, network: TrainingNetwork, optimizer: Optimizer, average: WeightAverage?
  ) throws -> Progress {
    let file = try Weights(safetensors: path)
    guard let json = file.metadata[key] else {
      throw WeightsError.damaged(source: path, reason: "it is no checkpoint of a training run")
    }
    let progress: Progress
    do {
      progress = try JSONDecoder().decode(Progress.self, from: Data(json.utf8))
    } catch {
      throw WeightsError.damaged(source: path, reason: "its state cannot be read")
    }
    func tensors(_ prefix: String) -> Weights {
      var part = Weights(source: path)
      for (name, tensor) in file.tensors where name.hasPrefix(prefix) {
        part.tensors[String(name.dropFirst(prefix.count))] = tensor
      }
      return part
    }
    let weights = try NameMap.timm.canonical(
      tensors("weights."), for: network.architecture)
    network.load(weights)
    if let average {
      try average.load(
        NameMap.timm.canonical(tensors("average."), for: network.architecture), of: network)
      average.steps = progress.averagedSteps
    }
    try optimizer.load(tensors("optimizer."))
    optimizer.steps = progress.steps
    return progress
  }
}

extension Optimizer {
  /// The moments, as they lie in memory.
  var tensors: [String: WeightTensor] {
    state.read(Region(offset: 0, count: state.count)) { values in
      [
        "state": WeightTensor(
          shape: [values.count],
          elements: [Float](capacity: values.count) { output in
            for index in values.indices { output.append(values[index]) }
          })
      ]
    }
  }

  /// Takes moments that ``tensors`` gave.
  ///
  /// - Throws: ``WeightsError``.
  func load(_ weights: Weights) throws(WeightsError) {
    guard let tensor = weights.tensors["state"] else {
      throw .missing(name: "optimizer.state", source: weights.source)
    }
    guard tensor.shape == [state.count] else {
      throw .shape(
        name: "optimizer.state", source: weights.source, found: tensor.shape,
        expected: [state.count])
    }
    tensor.withElements { state.copy($0, to: Region(offset: 0, count: state.count)) }
  }
}

extension WeightAverage {
  /// Takes averages that ``weights(of:)`` gave.
  func load(_ weights: Weights, of network: TrainingNetwork) {
    for tensor in network.plan.parameters + network.plan.statistics {
      guard let value = weights.tensors[tensor.name] else {
        preconditionFailure("\(weights.source) has no \(tensor.name)")
      }
      tensor.load(value, at: tensor.region, memory: arena)
    }
  }
}
