internal import EfficientNet

extension HDF5Walk {
  /// Returns the names and symbol table entries of a group, sorted by name.
  mutating func symbols(
    tree: Int, heap: Int
  ) throws(FormatError) -> [(name: String, entry: Int)] {
    let names = try localHeap(heap)
    func name(_ offset: Int) throws(FormatError) -> String {
      guard offset < names.count else {
        throw .damaged("a name at \(offset) is outside its heap of \(names.count) bytes")
      }
      return try file.name(names.lowerBound + offset, before: names.upperBound)
    }
    var result: [(name: String, entry: Int)] = []
    let keyed = try nodes(tree: tree, kind: 0, rank: internalRank, keyByteCount: 8)
    for (place, node) in keyed.children.enumerated() {
      // Every name in a node is greater than the key before it, and at most the key behind it.
      let low = try name(file.number(keyed.keys[place].lowerBound, 8))
      let high = try name(file.number(keyed.keys[place + 1].lowerBound, 8))
      try claim(node, 8 + 2 * leafRank * 40)
      try file.expect("SNOD\u{1}\0", at: node)
      let count = try file.number(node + 6, 2)
      guard (1...2 * leafRank).contains(count) else {
        throw .damaged("the symbol node at byte \(node) has \(count) entries")
      }
      for index in 0..<count {
        let entry = node + 8 + 40 * index
        let name = try name(file.number(entry, 8))
        let previous = index == 0 ? low : result[result.count - 1].name
        guard !name.isEmpty, name != ".", !name.utf8.contains(UInt8(ascii: "/")),
          previous.utf8.lexicographicallyPrecedes(name.utf8),
          !high.utf8.lexicographicallyPrecedes(name.utf8)
        else { throw .damaged("the name \(WeightsError.quoted(name)) is not in sorted order") }
        result.append((name, entry))
      }
    }
    return result
  }

  /// Returns the data of a local heap: the names of a group's members.
  ///
  ///     "HEAP" 0 0 0 0   8 bytes size   8 bytes first free block   8 bytes address
  ///     free block: 8 bytes offset of the next one, or 1; 8 bytes size
  private mutating func localHeap(_ address: Int) throws(FormatError) -> Range<Int> {
    try claim(address, 32)
    try file.expect("HEAP\0", at: address)
    let size = try file.number(address + 8, 8)
    let data = try claim(file.number(address + 24, 8), size)
    guard size >= 8 else { throw .damaged("the heap at byte \(address) has \(size) bytes") }
    var free = try file.number(address + 16, 8)
    var met: [Range<Int>] = []
    while free != 1 {
      guard free <= size - 16, met.count < 1000 else {
        throw .damaged("the free list of the heap at byte \(address) is not valid")
      }
      let length = try file.number(data.lowerBound + free + 8, 8)
      let block = free..<(free + max(16, min(length, size)))
      guard length >= 16, block.upperBound <= size, !met.contains(where: block.overlaps) else {
        throw .damaged("the heap at byte \(address) has a free block of \(length) bytes")
      }
      met.append(block)
      free = try file.number(data.lowerBound + free, 8)
    }
    return data
  }

  /// Returns the children of a B-tree's leaves in order, and the keys around them.
  ///
  ///     "TREE"   1 byte kind   1 byte level   2 bytes number of children
  ///              8 bytes left sibling   8 bytes right sibling
  ///     key 0   child 0   key 1   child 1   …   key n
  ///
  /// A node has room for 2 · rank children.
  mutating func nodes(
    tree: Int, kind: Int, rank: Int, keyByteCount: Int
  ) throws(FormatError) -> (children: [Int], keys: [Range<Int>]) {
    let step = keyByteCount + 8
    var nodes = [tree]
    var level = try file.number(try file.range(tree, 24).lowerBound + 5, 1)
    guard level <= 16 else { throw .damaged("the tree at byte \(tree) has \(level) levels") }
    while true {
      var children: [Int] = []
      var keys: [Range<Int>] = []
      for (index, node) in nodes.enumerated() {
        try claim(node, 24 + 2 * rank * step + keyByteCount)
        try file.expect("TREE", at: node)
        let count = try file.number(node + 6, 2)
        guard try file.number(node + 4, 1) == kind, try file.number(node + 5, 1) == level,
          count <= 2 * rank, count > 0 || nodes.count == 1 && level == 0,
          try file.address(node + 8) == (index == 0 ? nil : nodes[index - 1]),
          try file.address(node + 16) == (index == nodes.count - 1 ? nil : nodes[index + 1])
        else { throw .damaged("the tree node at byte \(node) is not valid") }
        for child in 0..<count {
          let key = node + 24 + child * step
          keys.append(key..<(key + keyByteCount))
          children.append(try file.number(key + keyByteCount, 8))
        }
        if index == nodes.count - 1 {
          let key = node + 24 + count * step
          keys.append(key..<(key + keyByteCount))
        }
      }
      if level == 0 { return (children, keys) }
      nodes = children
      level -= 1
    }
  }
}
