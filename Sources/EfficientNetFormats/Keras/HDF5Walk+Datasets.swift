internal import EfficientNet

extension HDF5Walk {
  private static let maximumRank = 8

  /// Returns the extents in a dataspace message, and their product.
  ///
  ///     1   rank   1 byte flags   5 bytes       8 bytes per extent
  ///     2   rank   1 byte flags   1 byte kind   8 bytes per extent    (scalar, simple, null)
  ///     then 8 bytes per largest extent, if flags has bit 0
  func shape(
    _ message: Range<Int>, path: String
  ) throws(FormatError) -> (extents: [Int], count: Int) {
    let quoted = WeightsError.quoted(path)
    let damaged = FormatError.damaged("the extents of \(quoted) are not valid")
    let start = message.lowerBound
    guard message.count >= 4 else { throw damaged }
    let version = try file.number(start, 1)
    let rank = try file.number(start + 1, 1)
    let flags = try file.number(start + 2, 1)
    guard rank <= Self.maximumRank else {
      throw .unsupported("has \(quoted) with \(rank) dimensions; the limit is 8")
    }
    let first = start + (version == 1 ? 8 : 4)
    guard version == 1 || version == 2, flags & ~1 == 0,
      8 * rank * (1 + flags) <= message.upperBound - first
    else { throw damaged }
    if version == 2 {
      let kind = try file.number(start + 3, 1)
      if kind == 2 { return ([0], 0) }
      guard kind == (rank == 0 ? 0 : 1) else { throw damaged }
    }
    var extents: [Int] = []
    for axis in 0..<rank { extents.append(try file.number(first + 8 * axis, 8)) }
    if flags == 1 {
      for axis in 0..<rank {
        let largest = first + 8 * (rank + axis)
        if try file.address(largest) != nil, try file.number(largest, 8) < extents[axis] {
          throw damaged
        }
      }
    }
    guard let count = WeightTensor.elementCount(of: extents) else { throw damaged }
    return (extents, count)
  }

  /// Returns the data set that messages describe, with the places of all elements.
  ///
  ///     3   0 compact      2 bytes size   elements
  ///     3   1 contiguous   8 bytes address   8 bytes size
  ///     3   2 chunked      rank + 1   8 bytes address of the tree
  ///                        4 bytes per extent of a chunk   4 bytes size of an element
  mutating func dataset(
    space: Range<Int>, type: Range<Int>, layout: Range<Int>, filters: Range<Int>?, path: String
  ) throws(FormatError) -> HDF5Dataset {
    let quoted = WeightsError.quoted(path)
    let (shape, count) = try shape(space, path: path)
    var dataset = HDF5Dataset(
      type: try HDF5Type(type, of: file), shape: shape, count: count, storage: .whole(0..<0))
    // Elements of other types are not read.
    guard let byteCount = dataset.type.byteCount, count <= Int.max / byteCount else {
      dataset.type = .other
      return dataset
    }
    let start = layout.lowerBound
    guard layout.count >= 4, try file.number(start, 1) == 3 else {
      throw .unsupported(
        "stores the elements of \(quoted) in a layout that Keras does not write; "
          + "save it with Keras")
    }
    func wrong(_ found: Int) -> FormatError {
      .damaged("\(quoted) is \(WeightsError.extents(shape)) but has \(found) bytes")
    }
    switch try file.number(start + 1, 1) {
    case 0:
      let size = try file.number(start + 2, 2)
      guard size == count * byteCount, size <= layout.count - 4 else { throw wrong(size) }
      dataset.storage = .whole((start + 4)..<(start + 4 + size))
    case 1:
      guard layout.count >= 18 else { throw wrong(0) }
      let size = try file.number(start + 10, 8)
      guard size == count * byteCount else { throw wrong(size) }
      if let address = try file.address(start + 2) {
        dataset.storage = .whole(try claim(address, size))
      } else if size > 0 {
        throw .damaged("\(quoted) has no elements")
      }
    case 2:
      dataset.storage = .chunked(
        try chunks(
          layout, filters: filters, shape: shape, elementByteCount: byteCount, path: path))
      return dataset
    case let other:
      throw .unsupported(
        "stores the elements of \(quoted) in a layout (\(other)) that Keras does not write; "
          + "save it with Keras")
    }
    guard filters == nil else { throw .damaged("\(quoted) has filters but no chunks") }
    return dataset
  }

  /// Returns the chunks of a data set; none may be missing.
  ///
  ///     key of the tree: 4 bytes size   4 bytes skipped filters, one bit each
  ///                      8 bytes per offset   8 bytes zero
  private mutating func chunks(
    _ layout: Range<Int>, filters: Range<Int>?, shape: [Int], elementByteCount: Int, path: String
  ) throws(FormatError) -> HDF5Chunks {
    let quoted = WeightsError.quoted(path)
    let damaged = FormatError.damaged("the chunks of \(quoted) are not valid")
    let start = layout.lowerBound
    let rank = shape.count
    guard rank > 0, layout.count >= 11 + 4 * (rank + 1),
      try file.number(start + 2, 1) == rank + 1,
      try file.number(start + 11 + 4 * rank, 4) == elementByteCount
    else { throw damaged }
    var extents: [Int] = []
    for axis in 0..<rank { extents.append(try file.number(start + 11 + 4 * axis, 4)) }
    guard extents.allSatisfy({ $0 > 0 }), let elements = WeightTensor.elementCount(of: extents),
      elements <= Int(UInt32.max) / elementByteCount
    else { throw damaged }
    let byteCount = elements * elementByteCount
    let filters =
      try filters.map { (message) throws(FormatError) in
        try self.filters(message, elementByteCount: elementByteCount, path: path)
      } ?? []
    guard let tree = try file.address(start + 3) else {
      throw .damaged("\(quoted) has no elements")
    }
    let (addresses, keys) = try nodes(
      tree: tree, kind: 1, rank: 32, keyByteCount: 8 + 8 * (rank + 1))

    // The offsets must advance like an odometer; then every chunk occurs exactly once.
    var expected = Array(repeating: 0, count: rank)
    var isWhole = shape.contains(0)
    var blocks: [HDF5Chunks.Block] = []
    for (address, key) in zip(addresses, keys) {
      let size = try file.number(key.lowerBound, 4)
      let leftOut = try file.number(key.lowerBound + 4, 4)
      let used = filters.enumerated().filter { leftOut >> $0.offset & 1 == 0 }.map(\.element)
      guard !isWhole, leftOut < 1 << filters.count,
        try file.number(key.lowerBound + 8 + 8 * rank, 8) == 0,
        used.contains(.deflate) || size == byteCount + (used.contains(.fletcher32) ? 4 : 0)
      else { throw damaged }
      for axis in 0..<rank {
        guard try file.number(key.lowerBound + 8 + 8 * axis, 8) == expected[axis] else {
          throw damaged
        }
      }
      blocks.append(HDF5Chunks.Block(range: try claim(address, size), leftOut: leftOut))
      isWhole = !HDF5Chunks.advance(&expected, by: extents, in: shape)
    }
    guard isWhole else { throw damaged }
    return HDF5Chunks(blocks: blocks, extents: extents, byteCount: byteCount, filters: filters)
  }

  /// Returns the filters of a filter message: 1, 1 byte number, 6 bytes; then for each filter
  /// 2 bytes kind, 2 bytes length of its name, 2 bytes flags, 2 bytes number of values, name, 4
  /// bytes per value.
  private func filters(
    _ message: Range<Int>, elementByteCount: Int, path: String
  ) throws(FormatError) -> [HDF5Filter] {
    let quoted = WeightsError.quoted(path)
    let damaged = FormatError.damaged("the filters of \(quoted) are not valid")
    guard message.count >= 8, try file.number(message.lowerBound, 1) == 1 else { throw damaged }
    var result: [HDF5Filter] = []
    var offset = message.lowerBound + 8
    for _ in 0..<(try file.number(message.lowerBound + 1, 1)) {
      guard message.upperBound - offset >= 8 else { throw damaged }
      let which = try file.number(offset, 2)
      let name = try file.number(offset + 2, 2)
      let values = try file.number(offset + 6, 2)
      guard let filter = HDF5Filter(rawValue: which) else {
        throw .unsupported(
          "has \(quoted) with filter \(which); supported are deflate, shuffle and fletcher32")
      }
      // Values are padded to eight bytes; the length of a name includes its padding.
      let length = 8 + name + 4 * (values + values % 2)
      guard name % 8 == 0, length <= message.upperBound - offset else { throw damaged }
      if name > 0 { _ = try file.name(offset + 8, before: offset + 8 + name) }
      switch filter {
      case .shuffle:
        guard values == 1, try file.number(offset + 8 + name, 4) == elementByteCount else {
          throw damaged
        }
      case .deflate:
        guard values == 1, try file.number(offset + 8 + name, 4) <= 9 else { throw damaged }
      case .fletcher32:
        guard values == 0 else { throw damaged }
      }
      result.append(filter)
      offset += length
    }
    guard result == HDF5Filter.order.filter(result.contains) else { throw damaged }
    return result
  }
}
