internal import EfficientNet
internal import EfficientNetCompute

/// A checkpoint in the form that `torch.save` has written since PyTorch 1.6: a zip archive.
///
///     NAME/data.pkl      the object
///     NAME/byteorder     "little" or "big"; absent before PyTorch 2.1
///     NAME/data/KEY      the elements of a storage
///
/// Source: [torch/serialization.py](https://github.com/pytorch/pytorch/blob/v2.9.0/torch/serialization.py),
/// `_save`.
struct ZipArchive {
  /// The object.
  let root: PickleValue
  /// What the object consists of.
  let heap: PickleHeap
  private let zip: ZipDirectory
  /// What all entries' names start with.
  private let prefix: String

  /// Reads everything but the elements.
  ///
  /// - Throws: ``WeightsError``.
  init(
    _ bytes: RawSpan, source: String, budget: inout AllocationBudget
  ) throws(WeightsError) {
    zip = try ZipDirectory(of: bytes, source: source)
    let suffix = "data.pkl"
    let candidates = zip.names.filter { $0 == suffix || $0.hasSuffix("/" + suffix) }
    guard let name = candidates.first else {
      throw .unsupported(
        source: zip.source, reason: "is a zip archive without data.pkl: not made by torch.save")
    }
    guard candidates.count == 1 else {
      throw .unsupported(
        source: zip.source,
        reason: "has \(candidates.count) objects, \(WeightsError.quoted(name)) and others: save one"
      )
    }
    prefix = String(name.dropLast(suffix.count))
    if zip.names.contains(prefix + "byteorder") {
      let order = try zip.extract(prefix + "byteorder", from: bytes, limit: 64)
      guard order == Array("little".utf8) else {
        throw .unsupported(source: zip.source, reason: "is not little-endian")
      }
    }
    let pickle = try zip.extract(name, from: bytes, limit: budget.remaining)
    try budget.spend(pickle.count)
    var offset = 0
    (root, heap) = try PickleReader.read(pickle.span.bytes, at: &offset, source: zip.source)
  }

  /// Calls `body` with a storage's bytes.
  ///
  /// - Throws: ``WeightsError``: the archive does not have the storage, or in another size.
  func withStorage(
    _ storage: TorchStorage, in archive: RawSpan, budget: inout AllocationBudget,
    _ body: (RawSpan) throws(WeightsError) -> Void
  ) throws(WeightsError) {
    let size = storage.byteCount ?? 0
    try budget.spend(size)
    let bytes = try zip.extract("\(prefix)data/\(storage.key)", from: archive, limit: size)
    guard bytes.count == size else {
      throw .damaged(
        source: zip.source,
        reason: "storage \(WeightsError.quoted(storage.key)) has \(bytes.count) bytes, "
          + "its description says \(size)")
    }
    try body(bytes.span.bytes)
  }
}
