public import EfficientNetCompute

/// The memory that running a network takes: weights and feature maps, as its plan says without either.
///
///     let memory = InferenceMemory(try Variant(named: "b0").architecture)
///     memory.weightBytes + memory.bytesPerImage    // of one image at a time
///
/// A process takes more: its own code and heap, and images and logits of its batch.
public struct InferenceMemory: Hashable, Sendable {
  /// Bytes of the packed weights: ``Engine/weightBytes``.
  public let weightBytes: Int
  /// Bytes of feature maps for each image that is computed at a time: ``Engine/bytesPerImage``.
  public let bytesPerImage: Int

  /// The memory of a network that ``Architecture/validate()`` accepts.
  public init(_ architecture: Architecture, precision: Precision = .float32) {
    let plan = Plan(
      Graph(architecture), inputShape: architecture.inputShape, precision: precision)
    weightBytes = 4 * plan.constantCount
    bytesPerImage = 4 * (plan.memoryCount + plan.scratchCount)
  }
}
