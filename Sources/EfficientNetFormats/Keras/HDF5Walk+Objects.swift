internal import EfficientNet

enum HDF5Object {
  case group(tree: Int, heap: Int)
  case dataset(HDF5Dataset)
}

extension HDF5Walk {
  /// Returns the object with the header at `address`, and its attribute messages. The header is a
  /// list of messages.
  ///
  ///     1, 0   2 bytes number of messages   4 bytes references   4 bytes size   4 bytes
  ///     message: 2 bytes type   2 bytes size   1 byte flags   3 bytes   data
  mutating func object(
    at address: Int, path: String
  ) throws(FormatError) -> (object: HDF5Object, attributes: [Range<Int>]) {
    let quoted = WeightsError.quoted(path)
    let size = try file.number(file.range(address, 16).lowerBound + 8, 4)
    guard try file.number(address, 2) == 1 else {
      throw .unsupported(
        "has an object \(quoted) in an HDF5 format that Keras does not write; save it with Keras")
    }
    let promised = try file.number(address + 2, 2)
    try claim(address, 16 + size)

    var single: [Int: Range<Int>] = [:]
    var attributes: [Range<Int>] = []
    var found = 0
    var chunks = [(address + 16)..<(address + 16 + size)]
    while !chunks.isEmpty {
      let chunk = chunks.removeFirst()
      var offset = chunk.lowerBound
      while offset < chunk.upperBound {
        guard chunk.upperBound - offset >= 8 else {
          throw .damaged("the header of \(quoted) is not valid")
        }
        let type = try file.number(offset, 2)
        let length = try file.number(offset + 2, 2)
        let flags = try file.number(offset + 4, 1)
        guard length <= chunk.upperBound - offset - 8, length % 8 == 0 else {
          throw .damaged("the header of \(quoted) has a message of \(length) bytes")
        }
        // Bit 0 marks a constant message.
        guard flags & ~1 == 0 else {
          throw .unsupported(
            "has an object \(quoted) with a shared message, which Keras does not write; "
              + "save it with Keras")
        }
        let message = (offset + 8)..<(offset + 8 + length)
        switch type {
        case 0x00: break
        case 0x01, 0x03, 0x04, 0x05, 0x08, 0x0B, 0x0E, 0x11, 0x12:
          guard single.updateValue(message, forKey: type) == nil else {
            throw .damaged("the header of \(quoted) has two messages of type \(type)")
          }
        case 0x0C: attributes.append(message)
        case 0x10:
          guard length >= 16 else {
            throw .damaged("the header of \(quoted) has no valid continuation")
          }
          chunks.append(try claim(file.number(offset + 8, 8), file.number(offset + 16, 8)))
        case 0x02, 0x06:
          throw .unsupported(
            "has a group \(quoted) in the newer HDF5 format or with links to other files; "
              + "save it with Keras")
        case 0x07:
          throw .unsupported("stores the elements of \(quoted) in another file")
        default:
          throw .unsupported(
            "has an object \(quoted) with a message of type \(type), which Keras does not write; "
              + "save it with Keras")
        }
        found += 1
        offset = message.upperBound
      }
    }
    guard found == promised else {
      throw .damaged("the header of \(quoted) has \(found) messages, not \(promised)")
    }

    if let table = single[0x11] {
      guard table.count >= 16, single.count == 1 || single.keys.sorted() == [0x11, 0x12] else {
        throw .damaged("the header of \(quoted) is not only that of a group")
      }
      let tree = try file.number(table.lowerBound, 8)
      return (.group(tree: tree, heap: try file.number(table.lowerBound + 8, 8)), attributes)
    }
    guard let space = single[0x01], let type = single[0x03], let layout = single[0x08] else {
      throw .unsupported("has an object \(quoted) that is neither a group nor a data set")
    }
    if let fill = single[0x05] { try checkFill(fill) }
    guard single[0x04] == nil || single[0x05] != nil else {
      throw .unsupported("has a data set \(quoted) in the format before HDF5 1.6")
    }
    let dataset = try dataset(
      space: space, type: type, layout: layout, filters: single[0x0B], path: path)
    return (.dataset(dataset), attributes)
  }

  /// Checks a fill value: 2 or 3, when to allocate, when to write, whether defined, 4 bytes size,
  /// value.
  private func checkFill(_ message: Range<Int>) throws(FormatError) {
    let start = message.lowerBound
    let damaged = FormatError.damaged("the fill value at byte \(start) is not valid")
    guard message.count >= 8 else { throw damaged }
    let isDefined = try file.number(start + 3, 1)
    let size = isDefined == 1 ? try file.number(start + 4, 4) : 0
    guard try file.number(start, 1) == 2, try file.number(start + 1, 1) <= 3,
      try file.number(start + 2, 1) <= 2, isDefined <= 1, size <= message.count - 8
    else { throw damaged }
  }
}
