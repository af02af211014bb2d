internal import EfficientNet
internal import EfficientNetCompute

/// A checkpoint in one of the two forms that `torch.save` writes.
///
/// Since PyTorch 1.6 it is a zip archive:
///
///     NAME/data.pkl      the object
///     NAME/byteorder     "little" or "big"; absent before PyTorch 2.1
///     NAME/data/KEY      the elements of a storage
///
/// Before, and still with `_use_new_zipfile_serialization=False`:
///
///     pickle    the magic number
///     pickle    the protocol version, 1001
///     pickle    {"little_endian": True, …}
///     pickle    the object
///     pickle    the storages' keys
///     then for each storage, in the order of the keys, the number of elements (8 bytes) and the elements
///
/// Source: [torch/serialization.py](https://github.com/pytorch/pytorch/blob/v2.9.0/torch/serialization.py),
/// `_save` and `_legacy_save`.
struct TorchArchive {
  /// The object.
  let root: PickleValue
  /// What the object consists of.
  let heap: PickleHeap
  private let storages: Storages

  private enum Storages {
    /// The archive, and what all entries' names start with.
    case entries(ZipDirectory, prefix: String)
    /// The first byte of each storage's elements.
    case offsets([TorchStorage: Int])
  }

  private static let magicNumber: [UInt8] = [
    0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]

  /// Reads everything but the elements.
  ///
  /// - Throws: ``FormatError``.
  init(_ bytes: RawSpan, budget: inout AllocationBudget) throws(FormatError) {
    let isZip = bytes.byteCount >= 4 && bytes.littleEndian(UInt32.self, at: 0) == 0x0403_4B50
    self = isZip ? try Self(zip: bytes, budget: &budget) : try Self(legacy: bytes)
  }

  private init(zip bytes: RawSpan, budget: inout AllocationBudget) throws(FormatError) {
    let zip = try ZipDirectory(of: bytes)
    let suffix = "data.pkl"
    let candidates = zip.names.filter { $0 == suffix || $0.hasSuffix("/" + suffix) }
    guard let name = candidates.first else {
      throw .unsupported("is a zip archive without data.pkl: not made by torch.save")
    }
    guard candidates.count == 1 else {
      throw .unsupported(
        "has \(candidates.count) objects, \(WeightsError.quoted(name)) and others: save one")
    }
    let prefix = String(name.dropLast(suffix.count))
    if zip.names.contains(prefix + "byteorder") {
      let order = try zip.extract(prefix + "byteorder", from: bytes, limit: 64)
      guard order == Array("little".utf8) else { throw .unsupported("is not little-endian") }
    }
    let pickle = try zip.extract(name, from: bytes, limit: budget.remaining)
    try budget.spend(pickle.count)
    var offset = 0
    (root, heap) = try PickleReader.read(pickle.span.bytes, at: &offset)
    storages = .entries(zip, prefix: prefix)
  }

  private init(legacy bytes: RawSpan) throws(FormatError) {
    var offset = 0
    guard let first = bytes.byteCount > 0 ? bytes.littleEndian(UInt8.self, at: 0) : nil,
      first == PickleOpcode.PROTO.rawValue,
      try PickleReader.read(bytes, at: &offset).value == .longInteger(Self.magicNumber)
    else { throw .unsupported("is not a file that torch.save made") }

    guard try PickleReader.read(bytes, at: &offset).value == .int(1001) else {
      throw .unsupported("has an unknown version of PyTorch's old format")
    }
    let system = try PickleReader.read(bytes, at: &offset)
    guard system.heap.entries(system.value)?["little_endian"] == .bool(true) else {
      throw .unsupported("is not little-endian")
    }
    (root, heap) = try PickleReader.read(bytes, at: &offset)
    let keys = try PickleReader.read(bytes, at: &offset)
    let described = Dictionary(heap.storages.map { ($0.key, $0) }) { first, _ in first }
    var offsets: [TorchStorage: Int] = [:]
    for key in keys.heap.elements(keys.value) ?? [] {
      guard let key = key.string, let storage = described[key], let size = storage.byteCount else {
        throw .damaged("it has a storage that no tensor refers to")
      }
      guard bytes.byteCount - offset >= 8,
        bytes.littleEndian(Int64.self, at: offset) == Int64(storage.count),
        bytes.byteCount - offset - 8 >= size
      else {
        throw .damaged(
          "storage \(WeightsError.quoted(key)) does not have the \(storage.count) elements "
            + "of its description; was the file cut short?")
      }
      offsets[storage] = offset + 8
      offset += 8 + size
    }
    storages = .offsets(offsets)
  }

  /// Calls `body` with a storage's bytes.
  ///
  /// - Parameter bytes: The whole checkpoint.
  /// - Throws: ``FormatError``: the checkpoint does not have the storage, or in another size.
  func withStorage(
    _ storage: TorchStorage, in bytes: RawSpan, budget: inout AllocationBudget,
    _ body: (RawSpan) -> Void
  ) throws(FormatError) {
    let size = storage.byteCount ?? 0
    let quoted = WeightsError.quoted(storage.key)
    switch storages {
    case .entries(let zip, let prefix):
      try budget.spend(size)
      let contents = try zip.extract("\(prefix)data/\(storage.key)", from: bytes, limit: size)
      guard contents.count == size else {
        throw .damaged(
          "storage \(quoted) has \(contents.count) bytes, its description says \(size)")
      }
      body(contents.span.bytes)
    case .offsets(let offsets):
      guard let offset = offsets[storage] else { throw .damaged("it has no storage \(quoted)") }
      body(bytes.extracting(offset..<(offset + size)))
    }
  }
}
