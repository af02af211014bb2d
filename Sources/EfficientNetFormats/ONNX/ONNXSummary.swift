package import EfficientNet
internal import EfficientNetCompute

/// A summary of an ONNX file: its producer, inputs, outputs, tensors and metadata. The elements of
/// the tensors are not read.
package struct ONNXSummary: Encodable {
  /// An input, an output or an initializer, which is a constant tensor.
  package struct Value: Encodable {
    package fileprivate(set) var name = ""
    package fileprivate(set) var type = "no tensor"
    /// The extents: numbers, or the names of extents that are not fixed.
    package fileprivate(set) var shape: [String] = []

    private enum CodingKeys: String, CodingKey { case name, type, shape }

    /// Writes extents that are numbers as numbers.
    package func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encode(name, forKey: .name)
      try fields.encode(type, forKey: .type)
      var extents = fields.nestedUnkeyedContainer(forKey: .shape)
      for extent in shape {
        if let number = Int(extent) {
          try extents.encode(number)
        } else {
          try extents.encode(extent)
        }
      }
    }
  }

  package private(set) var path: String
  package private(set) var form = WeightFileForm.onnx.rawValue
  package private(set) var producer = ""
  package private(set) var graph = ""
  /// The version of ONNX's own operator set; nil for a file that uses only others.
  package private(set) var opset: Int?
  /// The inputs without those that initializers set.
  package private(set) var inputs: [Value] = []
  package private(set) var outputs: [Value] = []
  package private(set) var initializers: [Value] = []
  package private(set) var nodes = 0
  /// The number of all initializers' elements.
  package private(set) var numbers = 0
  package private(set) var metadata: [String: String] = [:]

  /// The classes that a file of this package names; nil if a file names none.
  package private(set) var classes: [String]?

  /// Whether the file describes its network, so that ``Model`` can read it without its name.
  package private(set) var isDescribed = false

  private enum CodingKeys: String, CodingKey {
    case path, form, producer, graph, opset, inputs, outputs, initializers, nodes, numbers,
      metadata, classes
  }

  /// The key of the metadata whose value follows, and the domain of the operator set.
  private var (key, domain) = ("", "")
  /// The memory in bytes that the file may still take: short fields may take much more.
  private var memory = 64 << 20

  /// Reads a file.
  ///
  /// - Throws: `WeightsError` if it cannot be read, is damaged, or has too much to show.
  package init(onnx path: String) throws(WeightsError) {
    self = try read(path) { (bytes) throws(FormatError) in try ONNXSummary(bytes, path: path) }
  }

  private init(_ bytes: RawSpan, path: String) throws(FormatError) {
    self.path = path
    try ProtobufWalk(messages: Self.messages).run(bytes, in: 0..<bytes.byteCount) {
      (path, value) throws(FormatError) in try add(value, at: path, bytes)
    }
    guard nodes > 0 else { throw .damaged("it has no operations") }
    isDescribed = metadata.removeValue(forKey: Model.metadataKey) != nil
    classes = metadata["classes"].flatMap { try? decodedJSON(Array($0.utf8)) }
    // Older files list the initializers among the inputs.
    let constants = Set(initializers.map(\.name))
    inputs.removeAll { constants.contains($0.name) }
    for tensor in initializers {
      var count = 1
      for extent in tensor.shape where count >= 0 {
        let size = Int(extent) ?? -1
        let (product, isTooLarge) = count.multipliedReportingOverflow(by: size)
        count = isTooLarge || size < 0 ? -1 : product
      }
      let (sum, isTooLarge) = numbers.addingReportingOverflow(count)
      guard count >= 0, !isTooLarge else {
        throw .damaged("the shape of \(WeightsError.quoted(tensor.name)) is not valid")
      }
      numbers = sum
    }
  }

  // MARK: - Fields

  /// The messages to enter, as the field numbers of ``ONNXFormat`` on the way to them.
  private static let messages: Set<[Int]> = {
    let types = [[2], [2, 1], [2, 1, 2], [2, 1, 2, 1]]
    return Set(
      [[7], [7, 5], [7, 11], [7, 12], [8], [14]] + types.map { [7, 11] + $0 }
        + types.map { [7, 12] + $0 })
  }()

  private mutating func add(
    _ value: ProtobufWalk.Value, at path: [Int], _ bytes: RawSpan
  ) throws(FormatError) {
    // Each field costs, so that the time has a limit too.
    try keep(0)
    switch path {
    case [2]: producer = try string(value, bytes)
    case [7, 1]: nodes += 1
    case [7, 2]: graph = try string(value, bytes)
    case [8]: domain = ""
    case [8, 1]: domain = try string(value, bytes)
    case [8, 2]: if ["", "ai.onnx"].contains(domain) { opset = try integers(value, bytes).last }
    case [14, 1]: key = try string(value, bytes)
    case [14, 2]: metadata[key] = try string(value, bytes)
    case _ where path.starts(with: [7, 5]): try add(value, at: path, to: \.initializers, bytes)
    case _ where path.starts(with: [7, 11]): try add(value, at: path, to: \.inputs, bytes)
    case _ where path.starts(with: [7, 12]): try add(value, at: path, to: \.outputs, bytes)
    default: break
    }
  }

  /// Adds a field of an initializer, input or output, or begins the next one.
  private mutating func add(
    _ value: ProtobufWalk.Value, at path: [Int], to list: WritableKeyPath<Self, [Value]>,
    _ bytes: RawSpan
  ) throws(FormatError) {
    guard path.count > 2, var last = self[keyPath: list].popLast() else {
      try keep(MemoryLayout<Value>.size)
      return self[keyPath: list].append(Value())
    }
    switch (path[1], path.dropFirst(2)) {
    case (5, [8]), (11, [1]), (12, [1]): last.name = try string(value, bytes)
    case (5, [2]), (11, [2, 1, 1]), (12, [2, 1, 1]):
      last.type = Self.typeName(try integers(value, bytes).last ?? 0)
    case (5, [1]): last.shape += try integers(value, bytes).map(String.init)
    case (11, [2, 1, 2, 1]), (12, [2, 1, 2, 1]): last.shape.append("?")
    case (11, [2, 1, 2, 1, 1]), (12, [2, 1, 2, 1, 1]):
      last.shape[last.shape.count - 1] = "\(try integers(value, bytes).last ?? 0)"
    case (11, [2, 1, 2, 1, 2]), (12, [2, 1, 2, 1, 2]):
      last.shape[last.shape.count - 1] = try string(value, bytes)
    default: break
    }
    self[keyPath: list].append(last)
  }

  private mutating func string(
    _ value: ProtobufWalk.Value, _ bytes: RawSpan
  ) throws(FormatError) -> String {
    guard case .bytes(let range) = value else { throw .damaged("a text has another layout") }
    try keep(range.count)
    return String(decoding: bytes.copied(from: range.lowerBound, count: range.count), as: UTF8.self)
  }

  /// Returns one integer, or several that are stored together.
  private mutating func integers(
    _ value: ProtobufWalk.Value, _ bytes: RawSpan
  ) throws(FormatError) -> [Int] {
    if case .integer(let value) = value { return [value] }
    guard case .bytes(let range) = value else { throw .damaged("an integer has another layout") }
    var (place, values) = (range.lowerBound, [Int]())
    while place < range.upperBound {
      try keep(0)
      let value = try ProtobufWalk.varint(bytes, at: &place, before: range.upperBound)
      values.append(Int(truncatingIfNeeded: value))
    }
    return values
  }

  /// Subtracts memory that a value takes, with its place in a list.
  private mutating func keep(_ byteCount: Int) throws(FormatError) {
    memory -= byteCount + 64
    guard memory >= 0 else { throw .unsupported("has too many parts or too much text to show") }
  }

  /// The names of the element types by their numbers.
  ///
  /// Source: [TensorProto.DataType](https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto).
  private static let typeNames = [
    "undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool",
    "float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16",
  ]

  static func typeName(_ number: Int) -> String {
    typeNames.indices.contains(number) ? typeNames[number] : "type \(number)"
  }
}
