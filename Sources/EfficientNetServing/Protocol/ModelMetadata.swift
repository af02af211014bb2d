/// The answer of `GET /v2/models/M`.
package struct ModelMetadata: Hashable, Sendable, Encodable {
  /// The name of the model.
  package var name: String
  /// The versions that can be asked for; numbers as text, such as "1".
  package var versions: [String]
  /// The project and the format of the weights, such as "effnet_safetensors".
  package var platform: String
  /// The inputs that a request must have.
  package var inputs: [TensorMetadata]
  /// The outputs of an answer, if the request does not name others.
  package var outputs: [TensorMetadata]
  /// More about the model, such as its precision.
  package var properties: [String: String]?
}

/// The name, type and shape of an input or output of a model.
package struct TensorMetadata: Hashable, Sendable, Encodable {
  /// The name.
  package var name: String
  /// The type of the elements.
  package var datatype: DataType
  /// The extents with that of the batch, the outermost first; -1 for one that may vary.
  package var shape: [Int]
}
