/// The limits of an inference request. The server bounds the bytes of the body itself.
package struct InferenceLimits: Hashable, Sendable {
  /// The limits of the JSON.
  package var json = JSONLimits()
  /// The most inputs, and the most requested outputs.
  package var tensors = 64
  /// The most dimensions of a tensor.
  package var dimensions = 16
  /// The most elements of a BYTES tensor, that is, of photos.
  package var elements = 1024

  /// Creates the standard limits.
  package init() {}
}
