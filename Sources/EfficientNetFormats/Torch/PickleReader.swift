internal import EfficientNet
internal import EfficientNetCompute

/// A reader of Python pickles, reduced to the needs of files with tensors.
///
/// The reader never executes anything in a pickle: it looks up the names of functions and classes
/// in the closed list ``TorchGlobal`` and refuses all others by name. It needs at most about 50
/// bytes of memory for each byte of the pickle, and does not recurse.
///
/// Source: [pickletools](https://github.com/python/cpython/blob/3.13/Lib/pickletools.py) describes
/// every instruction.
struct PickleReader {
  /// The largest number of instructions of one pickle. A checkpoint of the largest network with the
  /// state of an optimizer has about 250,000.
  private static let maximumInstructions = 2_000_000

  private var offset: Int
  var heap = PickleHeap()
  private var stack: [PickleValue] = []
  /// The heights of the stack at the marks.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  /// Reads the pickle at `offset` and moves the offset to its end.
  ///
  /// - Returns: The value, and the heap with its containers and tensors.
  static func read(
    _ bytes: RawSpan, at offset: inout Int
  ) throws(FormatError) -> (value: PickleValue, heap: PickleHeap) {
    var reader = PickleReader(offset: offset)
    let value = try reader.run(bytes)
    offset = reader.offset
    return (value, reader.heap)
  }

  private init(offset: Int) { self.offset = offset }

  private mutating func run(_ bytes: RawSpan) throws(FormatError) -> PickleValue {
    for _ in 0..<Self.maximumInstructions {
      let code = try byte(in: bytes)
      guard let opcode = PickleOpcode(rawValue: code) else {
        throw .damaged("its pickle has an unknown instruction \(code)")
      }
      if opcode == .STOP { return try pop() }
      try step(opcode, bytes)
    }
    throw .unsupported("has a pickle of more than \(Self.maximumInstructions) instructions")
  }

  private mutating func step(_ opcode: PickleOpcode, _ bytes: RawSpan) throws(FormatError) {
    switch opcode {
    case .PROTO:
      let version = try byte(in: bytes)
      guard version <= 5 else { throw .unsupported("is pickled with protocol \(version)") }
    case .FRAME: _ = try integer(UInt64.self, in: bytes)
    case .STOP: break

    case .MARK: marks.append(stack.count)
    case .POP:
      if stack.count == marks.last { marks.removeLast() } else { _ = try pop() }
    case .POP_MARK: _ = try popToMark()
    case .DUP: push(try top())

    case .NONE: push(.none)
    case .NEWTRUE: push(.bool(true))
    case .NEWFALSE: push(.bool(false))
    case .BININT: push(.int(Int(try integer(Int32.self, in: bytes))))
    case .BININT1: push(.int(Int(try byte(in: bytes))))
    case .BININT2: push(.int(Int(try integer(UInt16.self, in: bytes))))
    case .LONG1: push(try longInteger(lengthAs: UInt8.self, in: bytes))
    case .LONG4: push(try longInteger(lengthAs: Int32.self, in: bytes))
    case .BINFLOAT:
      // The most significant byte comes first.
      push(.float(Double(bitPattern: try integer(UInt64.self, in: bytes).byteSwapped)))
    case .SHORT_BINUNICODE, .SHORT_BINSTRING:
      push(.string(try string(lengthAs: UInt8.self, in: bytes)))
    case .BINUNICODE: push(.string(try string(lengthAs: UInt32.self, in: bytes)))
    case .BINSTRING: push(.string(try string(lengthAs: Int32.self, in: bytes)))
    case .BINUNICODE8: push(.string(try string(lengthAs: UInt64.self, in: bytes)))
    case .SHORT_BINBYTES: push(.bytes(try byteArray(lengthAs: UInt8.self, in: bytes)))
    case .BINBYTES: push(.bytes(try byteArray(lengthAs: UInt32.self, in: bytes)))
    case .BINBYTES8, .BYTEARRAY8:
      push(.bytes(try byteArray(lengthAs: UInt64.self, in: bytes)))

    case .EMPTY_TUPLE: push(.tuple(heap.add([])))
    case .TUPLE: push(.tuple(heap.add(try popToMark())))
    case .TUPLE1: push(.tuple(heap.add(try pop(count: 1))))
    case .TUPLE2: push(.tuple(heap.add(try pop(count: 2))))
    case .TUPLE3: push(.tuple(heap.add(try pop(count: 3))))
    case .EMPTY_LIST: push(.list(heap.add([])))
    case .LIST: push(.list(heap.add(try popToMark())))
    case .APPEND: try append(try pop(count: 1))
    case .APPENDS: try append(try popToMark())
    case .EMPTY_DICT: push(.dictionary(heap.add([])))
    case .DICT:
      let items = try popToMark()
      push(.dictionary(heap.add([])))
      try setItems(items)
    case .SETITEM: try setItems(try pop(count: 2))
    case .SETITEMS: try setItems(try popToMark())
    case .EMPTY_SET: push(Self.set)
    case .FROZENSET:
      _ = try popToMark()
      push(Self.set)
    case .ADDITEMS:
      _ = try popToMark()
      guard try top() == Self.set else { throw .damaged("its pickle adds to \(try top().kind)") }

    case .BINPUT: memo[Int(try byte(in: bytes))] = try top()
    case .LONG_BINPUT: memo[Int(try integer(UInt32.self, in: bytes))] = try top()
    case .MEMOIZE: memo[memo.count] = try top()
    case .BINGET: try pushMemo(Int(try byte(in: bytes)))
    case .LONG_BINGET: try pushMemo(Int(try integer(UInt32.self, in: bytes)))

    case .GLOBAL:
      let module = try line(in: bytes)
      push(try global(module: module, name: try line(in: bytes)))
    case .STACK_GLOBAL:
      let parts = try pop(count: 2)
      guard let module = parts[0].string, let name = parts[1].string else {
        throw .damaged("its pickle names a class by \(parts[0].kind) and \(parts[1].kind)")
      }
      push(try global(module: module, name: name))
    case .REDUCE, .NEWOBJ:
      let parts = try pop(count: 2)
      push(try call(parts[0], arguments: parts[1]))
    case .BUILD:
      // Ignore the attributes of a dictionary, such as "_metadata".
      _ = try pop()
      switch try top() {
      case .dictionary, .opaque: break
      case .none, .bool, .int, .longInteger, .float, .string, .bytes, .global, .tuple, .list,
        .storage, .tensor:
        throw .unsupported("sets attributes of \(try top().kind); \(Self.policy)")
      }
    case .BINPERSID: push(try storage(identifier: try pop()))

    case .INT, .LONG, .FLOAT, .STRING, .UNICODE,
      .PUT, .GET, .INST, .OBJ, .NEWOBJ_EX, .EXT1, .EXT2, .EXT4, .PERSID, .NEXT_BUFFER,
      .READONLY_BUFFER:
      throw .unsupported("uses the pickle instruction \(opcode); \(Self.policy)")
    }
  }

  // MARK: Bytes

  // Reading past the end throws an error; it never traps.

  /// Advances the offset by `count` bytes and returns the offset before.
  private mutating func take(_ count: Int, in bytes: RawSpan) throws(FormatError) -> Int {
    guard count >= 0, count <= bytes.byteCount - offset else {
      throw .damaged("its pickle ends too early")
    }
    defer { offset += count }
    return offset
  }

  private mutating func byte(in bytes: RawSpan) throws(FormatError) -> UInt8 {
    bytes.littleEndian(at: try take(1, in: bytes))
  }

  /// Reads a little-endian integer.
  private mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type, in bytes: RawSpan
  ) throws(FormatError) -> Value {
    bytes.littleEndian(at: try take(MemoryLayout<Value>.size, in: bytes))
  }

  /// Reads a length and as many bytes.
  private mutating func byteArray<Length: FixedWidthInteger & BitwiseCopyable>(
    lengthAs type: Length.Type, in bytes: RawSpan
  ) throws(FormatError) -> [UInt8] {
    let length = Int(clamping: try integer(Length.self, in: bytes))
    return bytes.copied(from: try take(length, in: bytes), count: length)
  }

  /// Reads a length in bytes and a UTF-8 string.
  private mutating func string<Length: FixedWidthInteger & BitwiseCopyable>(
    lengthAs type: Length.Type, in bytes: RawSpan
  ) throws(FormatError) -> String {
    try text(try byteArray(lengthAs: type, in: bytes))
  }

  /// Reads a length in bytes and a two's complement integer.
  private mutating func longInteger<Length: FixedWidthInteger & BitwiseCopyable>(
    lengthAs type: Length.Type, in bytes: RawSpan
  ) throws(FormatError) -> PickleValue {
    let digits = try byteArray(lengthAs: type, in: bytes)
    guard digits.count <= 8 else { return .longInteger(digits) }
    let isNegative = digits.last.map { $0 >= 0x80 } ?? false
    return .int(digits.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
  }

  /// Reads the text up to the next line break and skips the break.
  private mutating func line(in bytes: RawSpan) throws(FormatError) -> String {
    var characters: [UInt8] = []
    while true {
      let next = try byte(in: bytes)
      if next == UInt8(ascii: "\n") { return try text(characters) }
      characters.append(next)
    }
  }

  private func text(_ bytes: [UInt8]) throws(FormatError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .damaged("its pickle has a string that is not UTF-8")
    }
    return text
  }

  // MARK: Stack and memo

  private mutating func push(_ value: PickleValue) { stack.append(value) }

  private func top() throws(FormatError) -> PickleValue {
    guard let last = stack.last, stack.count > marks.last ?? 0 else { throw underflow }
    return last
  }

  private mutating func pop() throws(FormatError) -> PickleValue {
    let last = try top()
    stack.removeLast()
    return last
  }

  private mutating func pop(count: Int) throws(FormatError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw underflow }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private mutating func popToMark() throws(FormatError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw .damaged("its pickle lacks a mark") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func pushMemo(_ index: Int) throws(FormatError) {
    guard let value = memo[index] else {
      throw .damaged("its pickle refers to value \(index), which it does not have")
    }
    push(value)
  }

  // MARK: Containers

  /// The value of every set, since their elements are not needed.
  private static var set: PickleValue { .opaque("a set") }

  private mutating func append(_ items: [PickleValue]) throws(FormatError) {
    guard case .list(let place) = try top() else {
      throw .damaged("its pickle appends to \(try top().kind)")
    }
    heap.containers[place] += items
  }

  private mutating func setItems(_ items: [PickleValue]) throws(FormatError) {
    guard case .dictionary(let place) = try top() else {
      throw .damaged("its pickle sets items of \(try top().kind)")
    }
    guard items.count % 2 == 0 else { throw .damaged("its pickle sets a key without a value") }
    heap.containers[place] += items
  }

  // MARK: Errors

  /// The end of every refusal.
  static let policy = "only tensors are read and nothing is executed"

  private var underflow: FormatError { .damaged("its pickle takes a value from an empty stack") }
}
