package import EfficientNet
package import EfficientNetCompute

/// The blocks of an int8 network in the order in which they go back to 32-bit floats: those first
/// whose rounding alone changes the probabilities most.
///
///     let blocks = try FloatBlocks(of: model, rounded: int8, photos: photos, pool: pool)
///     let mixed = try blocks.model(inFloats: 2)
package struct FloatBlocks: Sendable {
  /// A block, the head or the classifier.
  package struct Block: Hashable, Sendable, Encodable {
    /// The name in `Quantization.floats`.
    package let block: String
    /// The mean Kullback-Leibler divergence of the probabilities if only this block is rounded, in
    /// nats.
    package let divergence: Double
  }

  /// All blocks, those with the largest divergence first.
  package let order: [Block]
  private let model, rounded: Model
  private let pool: ThreadPool

  /// Measures the divergence of every block.
  ///
  /// - Parameters:
  ///   - model: The network before rounding.
  ///   - rounded: The result of ``Quantizer``.
  ///   - count: The number of photos like those that calibrated it; 64 are enough.
  ///   - photo: Returns a photo by its index; nil to leave it out.
  ///   - pool: The threads to compute on. The result does not depend on their number.
  ///   - show: A closure that receives the number of finished blocks and of all blocks. An error that
  ///     it throws ends the work.
  /// - Throws: `WeightsError`, the errors of `photo` and `show`.
  package init(
    of model: Model, rounded: Model, photos count: Int, photo: (Int) throws -> PixelBuffer?,
    pool: ThreadPool, show: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws {
    (self.model, self.rounded, self.pool) = (model, rounded, pool)
    let images = try (0..<count).compactMap {
      try photo($0).map { model.description.preprocessing.tensor($0) }
    }
    let exact = try images.logits(of: model, .float32, pool: pool)
    let names = model.description.architecture.roundedNames
    var blocks: [Block] = []
    for (index, name) in names.enumerated() {
      try show(index, names.count)
      let alone = try model.mixed(with: rounded, floats: names.filter { $0 != name })
      var report = QuantizationReport(model.description.output)
      for (before, after) in zip(exact, try images.logits(of: alone, .int8, pool: pool)) {
        report.add(before, after, label: nil)
      }
      blocks.append(Block(block: name, divergence: report.divergence))
    }
    try show(names.count, names.count)
    // Equal divergences keep the order of computation.
    order = blocks.enumerated()
      .sorted { ($1.element.divergence, $0.offset) < ($0.element.divergence, $1.offset) }
      .map(\.element)
  }

  /// Returns the int8 network with the first `count` blocks in floats. With all of them, it computes
  /// the same as the network before rounding, bit for bit.
  ///
  /// - Throws: `WeightsError`.
  package func model(inFloats count: Int) throws -> Model {
    let chosen = Set(order.prefix(count).map(\.block))
    return try model.mixed(
      with: rounded, floats: model.description.architecture.roundedNames.filter(chosen.contains))
  }

  /// Puts one block after another in floats until the network loses at most `points`.
  ///
  /// - Parameters:
  ///   - points: The largest ``QuantizationReport/drop``, at least 0.
  ///   - count: The number of photos to compare on.
  ///   - photo: Returns a photo by its index and its class, if it is known; nil to leave it out.
  ///   - show: A closure that receives the number of tried blocks and of all blocks. An error that it
  ///     throws ends the work.
  /// - Returns: The number of blocks in floats, at least 1.
  /// - Throws: `WeightsError`, the errors of `photo` and `show`.
  package func count(
    losingAtMost points: Double, photos count: Int,
    photo: (Int) throws -> (photo: PixelBuffer, label: Int?)?,
    show: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> Int {
    var exact = try Engine(model, precision: .float32, pool: pool).makeSession(pool: pool)
    var before: [Int: [Float]] = [:]
    for blocks in 1..<max(order.count, 1) {
      try show(blocks - 1, order.count)
      var mixed = try Engine(self.model(inFloats: blocks), precision: .int8, pool: pool)
        .makeSession(pool: pool)
      var report = QuantizationReport(model.description.output)
      for index in 0..<count {
        guard let (pixels, label) = try photo(index) else { continue }
        let image = model.description.preprocessing.tensor(pixels)
        let logits = before[index] ?? exact.run(image).elements
        before[index] = logits
        report.add(logits, mixed.run(image).elements, label: label)
      }
      try show(blocks, order.count)
      if report.drop <= points { return blocks }
    }
    // With all blocks in floats, nothing is lost.
    return order.count
  }
}

extension [Tensor] {
  /// Returns the logits of each image.
  fileprivate func logits(
    of model: Model, _ precision: Precision, pool: ThreadPool
  ) throws -> [[Float]] {
    var session = try Engine(model, precision: precision, pool: pool).makeSession(pool: pool)
    return map { session.run($0).elements }
  }
}

extension Model {
  /// Returns a network whose blocks `floats` are those of this one, and the others those of its int8
  /// form.
  ///
  /// - Throws: `WeightsError`.
  fileprivate func mixed(with rounded: Model, floats: [String]) throws -> Model {
    let architecture = description.architecture
    var result = rounded
    let coded = architecture.codedMaps(floats: floats)
    let maps = rounded.description.quantization?.maps.filter { coded.contains($0.key) }
    result.description.quantization?.maps = maps ?? [:]
    result.description.quantization?.floats = floats
    for node in Graph(architecture).nodes {
      guard let block = node.part.roundedName, floats.contains(block) else { continue }
      for parameter in node.operation.parameters(layer: node.name) {
        result.weights.tensors[parameter.name] = weights.tensors[parameter.name]
      }
    }
    return try Model(result.description, weights: result.weights)
  }
}
