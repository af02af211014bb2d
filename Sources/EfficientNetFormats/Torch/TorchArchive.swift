internal import EfficientNet
internal import EfficientNetCompute

/// A checkpoint in one of the two formats of `torch.save`.
///
/// Since PyTorch 1.6, it is a zip archive:
///
///     NAME/data.pkl      the object
///     NAME/byteorder     "little" or "big"; absent before PyTorch 2.1
///     NAME/data/KEY      the elements of a storage
///
/// Before 1.6, and with `_use_new_zipfile_serialization=False`, it is a sequence:
///
///     pickle    the magic number
///     pickle    the protocol version, 1001
///     pickle    {"little_endian": True, …}
///     pickle    the object
///     pickle    the storages' keys
///     for each storage, in the order of the keys: 8 bytes number of elements, and the elements
///
/// Source:
/// [torch/serialization.py](https://github.com/pytorch/pytorch/blob/v2.9.0/torch/serialization.py),
/// `_save` and `_legacy_save`.
struct TorchArchive {
  let root: PickleValue
  /// The containers, storages and tensors of the object.
  let heap: PickleHeap
  private let storages: Storages

  private enum Storages {
    /// The archive, and the prefix of all entries' names.
    case entries(ZipDirectory, prefix: String)
    /// The offset of the elements of each storage.
    case offsets([TorchStorage: Int])
  }

  private static let magicNumber: [UInt8] = [
    0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]

  /// Reads everything except the elements.
  init(_ bytes: RawSpan, budget: inout AllocationBudget) throws(FormatError) {
    let isZip = bytes.byteCount >= 4 && bytes.littleEndian(UInt32.self, at: 0) == 0x0403_4B50
    self =
      isZip
      ? try Self(zip: ZipDirectory(of: bytes), budget: &budget) { (range) throws(FormatError) in
        bytes.copied(from: range.lowerBound, count: range.count)
      } : try Self(legacy: bytes)
  }

  /// Reads everything except the elements, in the zip format.
  ///
  /// - Parameter read: Reads a part of the archive.
  /// - Throws: ``FormatError``.
  init(
    zip: ZipDirectory, budget: inout AllocationBudget, read: ZipDirectory.Reader
  ) throws(FormatError) {
    let suffix = "data.pkl"
    let candidates = zip.names.filter { $0 == suffix || $0.hasSuffix("/" + suffix) }
    guard let name = candidates.first else {
      throw .unsupported("is a zip archive without data.pkl; save the weights with torch.save")
    }
    guard candidates.count == 1 else {
      throw .unsupported(
        "has \(candidates.count) objects, \(WeightsError.quoted(name)) and others; save only one")
    }
    let prefix = String(name.dropLast(suffix.count))
    if zip.names.contains(prefix + "byteorder") {
      let order = try zip.extract(prefix + "byteorder", limit: 64, read: read)
      guard order == Array("little".utf8) else { throw .unsupported("is not little-endian") }
    }
    let pickle = try zip.extract(name, limit: budget.remaining, read: read)
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
    else { throw .unsupported("is not a file of torch.save") }

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
        throw .damaged("it has a storage without a tensor")
      }
      guard bytes.byteCount - offset >= 8,
        bytes.littleEndian(Int64.self, at: offset) == Int64(storage.count),
        bytes.byteCount - offset - 8 >= size
      else {
        throw .damaged(
          "storage \(WeightsError.quoted(key)) does not have the \(storage.count) elements "
            + "of its description; copy or download the file again")
      }
      offsets[storage] = offset + 8
      offset += 8 + size
    }
    storages = .offsets(offsets)
  }

  /// Calls `body` with the bytes of a storage.
  ///
  /// - Parameters:
  ///   - bytes: The whole checkpoint.
  ///   - budget: The memory limit.
  ///   - body: Reads the bytes.
  /// - Throws: ``FormatError`` if the checkpoint does not have the storage, or has it in another
  ///   size.
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
          "storage \(quoted) has \(contents.count) bytes, but its description states \(size)")
      }
      body(contents.span.bytes)
    case .offsets(let offsets):
      guard let offset = offsets[storage] else { throw .damaged("it has no storage \(quoted)") }
      body(bytes.extracting(offset..<(offset + size)))
    }
  }
}
