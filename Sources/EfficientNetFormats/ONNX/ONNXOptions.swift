/// How a network is written as ONNX.
///
///     try model.write(onnx: "b0.onnx", options: ONNXOptions(batch: .fixed(1)))
public struct ONNXOptions: Hashable, Sendable {
  /// How many images a run takes.
  public enum Batch: Hashable, Sendable {
    /// Any number, decided by each run.
    case dynamic
    /// Always this many, at least 1: what compilers for devices want.
    case fixed(Int)
  }

  /// The versions of ONNX's operators that can be written.
  public static let opsets = 17...24

  /// The version of ONNX's operators, one of ``opsets``; older programs read older ones.
  public var opset: Int
  /// How many images a run takes.
  public var batch: Batch
  /// Whether batch norm goes into the weights of the convolution before it, computed in double precision, as
  /// for inference; otherwise it stays a node of its own.
  public var foldsBatchNorm: Bool

  /// The given choices.
  public init(opset: Int = 17, batch: Batch = .dynamic, foldsBatchNorm: Bool = true) {
    (self.opset, self.batch, self.foldsBatchNorm) = (opset, batch, foldsBatchNorm)
  }

  /// What cannot be written, as the end of a sentence; nil if nothing.
  var complaint: String? {
    guard Self.opsets.contains(opset) else {
      return "cannot be written for opset \(opset): choose \(Self.opsets.lowerBound) to "
        + "\(Self.opsets.upperBound)"
    }
    if case .fixed(let count) = batch, !(1...Int(Int32.max)).contains(count) {
      return "cannot be written for a batch of \(count): choose 1 or more"
    }
    return nil
  }
}
