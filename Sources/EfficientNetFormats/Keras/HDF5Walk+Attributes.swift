internal import EfficientNet

extension HDF5Walk {
  /// Returns an attribute's name and texts, or nil if its elements are not texts.
  ///
  ///     1, 2 or 3   1 byte flags   2 bytes each: length of name, type, dataspace   (3: 1 byte)
  ///     name   type   dataspace   elements          in version 1 each padded to 8 bytes
  mutating func texts(
    ofAttribute message: Range<Int>
  ) throws(FormatError) -> (name: String, texts: [String])? {
    let start = message.lowerBound
    let damaged = FormatError.damaged("the attribute at byte \(start) is not valid")
    guard message.count >= 9 else { throw damaged }
    let version = try file.number(start, 1)
    // Version 1 has no flags.
    let flags = try file.number(start + 1, 1)
    guard (1...3).contains(version), version == 1 || flags == 0 else {
      throw .unsupported(
        "has an attribute with a shared type, which Keras does not write; save it with Keras")
    }
    var offset = start + (version == 3 ? 9 : 8)
    func part(_ length: Int) throws(FormatError) -> Range<Int> {
      let padded = version == 1 ? (length + 7) & ~7 : length
      guard padded <= message.upperBound - offset else { throw damaged }
      defer { offset += padded }
      return offset..<(offset + length)
    }
    let nameRange = try part(file.number(start + 2, 2))
    let typeRange = try part(file.number(start + 4, 2))
    let spaceRange = try part(file.number(start + 6, 2))
    let name = try file.name(nameRange.lowerBound, before: nameRange.upperBound)
    let (_, count) = try shape(spaceRange, path: name)
    if count == 0 { return (name, []) }
    let type = try HDF5Type(typeRange, of: file)
    switch type {
    case .float, .integer, .other:
      return nil
    case .text(let byteCount):
      guard count <= (message.upperBound - offset) / byteCount else { throw damaged }
      try budget.spend(count * (byteCount + 16))
      return (
        name,
        (0..<count).map { index in
          file.text((offset + index * byteCount)..<(offset + (index + 1) * byteCount))
        }
      )
    case .textReference:
      guard count <= (message.upperBound - offset) / 16 else { throw damaged }
      var texts: [String] = []
      for index in 0..<count { texts.append(try referencedText(offset + 16 * index)) }
      return (name, texts)
    }
  }

  /// Returns the text of a reference: 4 bytes length, 8 bytes address of a global heap, 4 bytes
  /// index of the object.
  private mutating func referencedText(_ reference: Int) throws(FormatError) -> String {
    let length = try file.number(reference, 4)
    if length == 0 { return "" }
    let address = try file.number(reference + 4, 8)
    let which = try file.number(reference + 12, 4)
    let heap: [Int: Range<Int>]
    if let known = globalHeaps[address] {
      heap = known
    } else {
      heap = try globalHeap(address)
      globalHeaps[address] = heap
    }
    guard let object = heap[which], length <= object.count else {
      throw .damaged("a text of \(length) bytes is not in the heap at byte \(address)")
    }
    try budget.spend(length + 16)
    return file.text(object.lowerBound..<(object.lowerBound + length))
  }

  /// Returns the objects of a global heap.
  ///
  ///     "GCOL" 1 0 0 0   8 bytes size
  ///     object: 2 bytes index (0 for free space)   2 bytes reference count
  ///             4 bytes reserved   8 bytes size   contents, padded to 8 bytes
  private mutating func globalHeap(_ address: Int) throws(FormatError) -> [Int: Range<Int>] {
    try file.expect("GCOL\u{1}", at: address)
    let heap = try claim(address, file.number(address + 8, 8))
    var objects: [Int: Range<Int>] = [:]
    var offset = heap.lowerBound + 16
    while heap.upperBound - offset >= 16 {
      let which = try file.number(offset, 2)
      if which == 0 { break }
      let size = try file.number(offset + 8, 8)
      guard size <= heap.upperBound - offset - 16 else {
        throw .damaged("the heap at byte \(address) is too small for an object of \(size) bytes")
      }
      let object = (offset + 16)..<(offset + 16 + size)
      guard objects.updateValue(object, forKey: which) == nil else {
        throw .damaged("the heap at byte \(address) has two objects \(which)")
      }
      offset = min(heap.upperBound, object.upperBound + (8 - size % 8) % 8)
    }
    return objects
  }
}
