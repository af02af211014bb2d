internal import EfficientNet
internal import EfficientNetCompute

/// A checkpoint in the form that `torch.save` wrote before PyTorch 1.6, and still does with
/// `_use_new_zipfile_serialization=False`.
///
///     pickle    the magic number
///     pickle    the protocol version, 1001
///     pickle    {"little_endian": True, …}
///     pickle    the object
///     pickle    the storages' keys
///     then for each storage, in the order of the keys, the number of elements (8 bytes) and the elements
///
/// Source: [torch/serialization.py](https://github.com/pytorch/pytorch/blob/v2.9.0/torch/serialization.py),
/// `_legacy_save`.
struct LegacyArchive {
  private static let magicNumber: [UInt8] = [
    0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]

  /// The object.
  let root: PickleValue
  /// What the object consists of.
  let heap: PickleHeap
  private let source: String
  /// The first byte of each storage's elements.
  private var offsets: [TorchStorage: Int] = [:]

  /// Reads everything but the elements.
  ///
  /// - Throws: ``WeightsError``.
  init(_ bytes: RawSpan, source: String) throws(WeightsError) {
    var offset = 0
    guard let first = bytes.byteCount > 0 ? bytes.littleEndian(UInt8.self, at: 0) : nil,
      first == PickleOpcode.PROTO.rawValue,
      try PickleReader.read(bytes, at: &offset, source: source).value
        == .longInteger(Self.magicNumber)
    else { throw .unsupported(source: source, reason: "is not a file that torch.save made") }

    let version = try PickleReader.read(bytes, at: &offset, source: source).value
    guard version == .int(1001) else {
      throw .unsupported(source: source, reason: "has an unknown version of PyTorch's old format")
    }
    let system = try PickleReader.read(bytes, at: &offset, source: source)
    guard system.heap.entries(system.value)?["little_endian"] == .bool(true) else {
      throw .unsupported(source: source, reason: "is not little-endian")
    }
    (root, heap) = try PickleReader.read(bytes, at: &offset, source: source)
    self.source = source
    let keys = try PickleReader.read(bytes, at: &offset, source: source)
    try findStorages(keys.heap.elements(keys.value) ?? [], in: bytes, from: offset)
  }

  /// Finds where each storage's elements lie.
  private mutating func findStorages(
    _ keys: [PickleValue], in bytes: RawSpan, from start: Int
  ) throws(WeightsError) {
    let storages = Dictionary(heap.storages.map { ($0.key, $0) }) { first, _ in first }
    var offset = start
    for key in keys {
      guard let key = key.string, let storage = storages[key], let size = storage.byteCount else {
        throw .damaged(source: source, reason: "it has a storage that no tensor refers to")
      }
      guard bytes.byteCount - offset >= 8,
        bytes.littleEndian(Int64.self, at: offset) == Int64(storage.count),
        bytes.byteCount - offset - 8 >= size
      else {
        throw .damaged(
          source: source,
          reason: "storage \(WeightsError.quoted(key)) does not have the \(storage.count) elements "
            + "of its description; was the file cut short?")
      }
      offsets[storage] = offset + 8
      offset += 8 + size
    }
  }

  /// Calls `body` with a storage's bytes.
  ///
  /// - Throws: ``WeightsError``: the file does not have the storage.
  func withStorage(
    _ storage: TorchStorage, in bytes: RawSpan,
    _ body: (RawSpan) throws(WeightsError) -> Void
  ) throws(WeightsError) {
    guard let offset = offsets[storage], let size = storage.byteCount else {
      throw .damaged(
        source: source, reason: "it has no storage \(WeightsError.quoted(storage.key))")
    }
    try body(bytes.extracting(offset..<(offset + size)))
  }
}
