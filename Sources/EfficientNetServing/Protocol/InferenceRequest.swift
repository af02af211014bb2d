/// A request for inference of the Open Inference Protocol v2, with the extensions for binary tensors
/// and for classification.
///
/// Source: [Open Inference Protocol](https://github.com/kserve/open-inference-protocol),
/// [binary tensor data](https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md).
package struct InferenceRequest: Hashable, Sendable {
  /// The name that the client gave the request; the answer repeats it.
  package var id: String?
  /// The parameters of the request, such as "priority" and "timeout".
  package var parameters: Parameters = [:]
  /// The inputs; at least one, with different names.
  package var inputs: [InferenceTensor] = []
  /// The outputs that the client wants; nil for those that the model advertises.
  package var outputs: [RequestedOutput]?

  /// An output that the client wants.
  package struct RequestedOutput: Hashable, Sendable {
    /// The name of the model's output.
    package var name: String
    /// Whether the answer has the output as bytes after the JSON.
    package var isBinary: Bool
    /// The number of classes that the client wants in place of all values; nil for all values.
    package var classification: Int?
  }

  /// Returns the outputs that the client wants.
  ///
  /// - Parameter names: The outputs that the model advertises, which are the default.
  package func outputs(advertised names: [String]) -> [RequestedOutput] {
    outputs ?? names.map { RequestedOutput(name: $0, isBinary: isBinaryByDefault) }
  }

  /// Whether outputs are bytes after the JSON where the client does not ask for an output by name.
  var isBinaryByDefault: Bool { parameters[Self.binaryOutputs] == .bool(true) }

  static let binaryOutputs = "binary_data_output"
}
