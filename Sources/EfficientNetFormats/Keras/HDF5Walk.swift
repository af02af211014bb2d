internal import EfficientNet

/// A walk through the whole structure of an HDF5 file, which finds the attributes and data sets.
///
/// It supports the structures that h5py, and with it Keras, writes by default:
///
///     superblock 0 ─▶ object header 1 ─┬▶ symbol table: local heap, B-tree of symbol nodes
///                                      │    ─▶ object headers
///                                      ├▶ data set: dataspace, type, layout 3
///                                      │    (compact, contiguous, chunked)
///                                      └▶ attributes, whose texts are in global heaps
///
/// It refuses everything else: soft and external links, external and virtual storage, shared
/// messages, filters other than deflate, shuffle and fletcher32. Every block belongs to only one
/// structure, so there are no cycles, and the size of the file bounds the work.
///
/// Source:
/// [HDF5 file format 3.0](https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html).
struct HDF5Walk {
  /// The largest depth of nested groups.
  private static let maximumDepth = 32

  /// The attributes and data sets found so far.
  private(set) var contents = HDF5Contents()
  let file: HDF5Bytes
  /// Half of the maximum number of entries in a leaf node of a group.
  let leafRank: Int
  /// Half of the maximum number of entries in an internal node of a group.
  let internalRank: Int
  /// The end of the file as the superblock states it.
  private let end: Int
  private var blocks: [Range<Int>] = []
  private var starts: Set<Int> = []
  private var claimed = 0
  /// The objects of the global heaps read so far, by the address of the heap.
  var globalHeaps: [Int: [Int: Range<Int>]] = [:]
  var budget: AllocationBudget

  /// Walks through a file.
  ///
  /// - Throws: ``FormatError`` if the file is damaged or has an unsupported structure.
  init(_ file: HDF5Bytes) throws(FormatError) {
    self.file = file
    budget = AllocationBudget(byteCount: file.count)
    try file.expect("HDF\r\n\u{1A}\n", at: 1)
    let version = try file.number(8, 1)
    guard version == 0 else {
      throw .unsupported(
        "has a newer HDF5 format (superblock \(version)) than Keras writes; "
          + "copy it with h5py's default libver")
    }
    // The versions of parts, the sizes of addresses and lengths, flags, and the base address.
    guard try file.number(9, 2) == 0, try file.number(12, 3) == 0x08_0800,
      try file.number(20, 4) == 0, try file.number(24, 8) == 0,
      try file.address(32) == nil, try file.address(48) == nil
    else { throw .damaged("its superblock is not one that h5py writes") }
    leafRank = try file.number(16, 2)
    internalRank = try file.number(18, 2)
    end = try file.number(40, 8)
    guard (1...1024).contains(leafRank), (1...1024).contains(internalRank) else {
      throw .damaged("its groups have nodes of \(leafRank) and \(internalRank) entries")
    }
    guard end <= file.count else {
      throw .damaged(
        "it should have \(end) bytes, but has \(file.count); copy or download it again")
    }
    try claim(0, 96)
    try walkEntry(56, path: "", depth: 0)
    try checkOverlaps()
  }

  /// Records that a block belongs to a structure.
  ///
  /// All blocks together must not have more bytes than the file, which bounds the work before the
  /// check for overlaps.
  @discardableResult
  mutating func claim(_ offset: Int, _ length: Int) throws(FormatError) -> Range<Int> {
    let block = try file.range(offset, length)
    claimed += length
    guard block.upperBound <= end, claimed <= end, starts.insert(offset).inserted else {
      throw .damaged("the block at byte \(offset) is used twice or lies behind the end")
    }
    if length > 0 { blocks.append(block) }
    return block
  }

  private func checkOverlaps() throws(FormatError) {
    let sorted = blocks.sorted { $0.lowerBound < $1.lowerBound }
    for (block, next) in zip(sorted, sorted.dropFirst()) where block.upperBound > next.lowerBound {
      throw .damaged("the blocks at bytes \(block.lowerBound) and \(next.lowerBound) overlap")
    }
  }

  /// Walks a symbol table entry: 8 bytes name, 8 bytes address, 4 bytes kind of the cache, 4 bytes
  /// reserved, 16 bytes cache.
  mutating func walkEntry(_ entry: Int, path: String, depth: Int) throws(FormatError) {
    guard depth <= Self.maximumDepth else {
      throw .unsupported("has more than \(Self.maximumDepth) nested groups")
    }
    try budget.spend(path.utf8.count)
    let cached = try file.number(entry + 16, 4)
    guard cached <= 1 else {
      throw .unsupported(
        "has a link \(WeightsError.quoted(path)), which Keras does not write; save it with Keras")
    }
    guard let address = try file.address(entry + 8) else {
      throw .damaged("object \(WeightsError.quoted(path)) has no address")
    }
    let (object, attributes) = try object(at: address, path: path)
    for message in attributes {
      if let (name, texts) = try texts(ofAttribute: message) {
        contents.attributes[path, default: [:]][name] = texts
      }
    }
    switch object {
    case .group(let tree, let heap):
      // Other programs use the cached addresses, so they must be correct.
      if cached == 1 {
        guard try file.address(entry + 24) == tree, try file.address(entry + 32) == heap else {
          throw .damaged("group \(WeightsError.quoted(path)) has two addresses")
        }
      }
      for (name, entry) in try symbols(tree: tree, heap: heap) {
        try walkEntry(entry, path: path.isEmpty ? name : "\(path)/\(name)", depth: depth + 1)
      }
    case .dataset(let dataset):
      guard cached == 0, !path.isEmpty else {
        throw .damaged("data set \(WeightsError.quoted(path)) claims to be a group")
      }
      contents.datasets[path] = dataset
    }
  }
}
