/// Options for writing a network as ONNX.
///
///     try model.write(onnx: "b0.onnx", options: ONNXOptions(batch: .fixed(1)))
public struct ONNXOptions: Hashable, Sendable {
  /// The number of images in a run.
  public enum Batch: Hashable, Sendable {
    /// Any number; each run chooses it.
    case dynamic
    /// A fixed number of at least 1, as compilers for devices require.
    case fixed(Int)
  }

  /// The program that an int8 network is written for. Every program computes both forms.
  public enum Runtime: String, Hashable, Sendable, CaseIterable {
    /// All convolutions but the stem and squeeze-and-excitation in int8. The inputs of SiLU and the
    /// summands of residuals have codes of their own, which this package's int8 does not have.
    case onnxRuntime = "onnxruntime"
    /// The same codes as this package's int8, and its biases as floats.
    case openVINO = "openvino"
  }

  /// The supported versions of ONNX's operator set.
  public static let opsets = 17...24

  /// The version of ONNX's operator set, one of ``opsets``. Older programs need lower versions.
  public var opset: Int
  /// The number of images in a run.
  public var batch: Batch
  /// Whether to multiply batch norm into the weights of the preceding convolution, in double
  /// precision, as for inference. If false, each batch norm remains a node.
  public var foldsBatchNorm: Bool
  /// The program that an int8 network is written for.
  public var runtime: Runtime

  /// Creates options; each default suits most programs.
  ///
  /// - Parameters:
  ///   - opset: The version of ONNX's operator set, one of ``opsets``.
  ///   - batch: The number of images in a run.
  ///   - foldsBatchNorm: Whether to multiply batch norm into the weights of the preceding
  ///     convolution.
  ///   - runtime: The program that an int8 network is written for.
  public init(
    opset: Int = 17, batch: Batch = .dynamic, foldsBatchNorm: Bool = true,
    runtime: Runtime = .onnxRuntime
  ) {
    (self.opset, self.batch, self.foldsBatchNorm) = (opset, batch, foldsBatchNorm)
    self.runtime = runtime
  }

  /// The problem with an invalid option, worded to follow the file's name in an error message; nil
  /// if all options are valid.
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
