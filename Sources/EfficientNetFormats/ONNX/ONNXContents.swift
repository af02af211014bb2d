internal import EfficientNet
internal import EfficientNetCompute

/// The nodes, constants and metadata of an ONNX file.
///
/// Fields that no network of this package needs are skipped. Names are those of the file, so a
/// message must quote them.
struct ONNXContents {
  struct Node {
    var name = ""
    var type = ""
    var domain = ""
    var inputs: [String] = []
    var outputs: [String] = []
    var attributes: [String: Attribute] = [:]
  }

  struct Attribute {
    var float: Float = 0
    var integers: [Int] = []
    var text = ""
    var tensor: Tensor?
  }

  /// A constant, whose elements are in one of three fields.
  struct Tensor {
    var name = ""
    var shape: [Int] = []
    var type = 0
    var isExternal = false
    var raw: Range<Int>?
    /// The places of floats of 4 bytes each.
    var floats: [Range<Int>] = []
    var integers: [Int] = []

    /// The least and the greatest integer of the type; nil for other types.
    var limits: ClosedRange<Int>? {
      switch ONNXFormat.DataType(rawValue: type) {
      case .uint8: 0...255
      case .int8: -128...127
      // Larger integers of 64 bits are limited to these.
      case .int32, .int64: Int(Int32.min)...Int(Int32.max)
      case .bool: 0...1
      case .float, nil: nil
      }
    }
  }

  private(set) var nodes: [Node] = []
  private(set) var initializers: [Tensor] = []
  private(set) var inputs: [String] = []
  private(set) var outputs: [String] = []
  private(set) var metadata: [String: String] = [:]

  private var key = ""
  private var attribute = ""
  private var budget: AllocationBudget

  init(_ bytes: RawSpan) throws(FormatError) {
    budget = AllocationBudget(byteCount: bytes.byteCount)
    try ProtobufWalk(messages: Self.messages).run(bytes, in: 0..<bytes.byteCount) {
      (path, value) throws(FormatError) in try add(value, at: path, bytes)
    }
    // Older files list the constants among the inputs.
    let constants = Set(initializers.map(\.name))
    inputs.removeAll { constants.contains($0) }
  }

  // MARK: - Elements

  /// The outputs of the last fully connected layer; nil if it is not found.
  var classes: Int? {
    var name = nodes.last { $0.type == "Gemm" }?.inputs.dropFirst().first
    // QuantizeLinear and DequantizeLinear may stand behind the weights.
    for _ in 0..<2 {
      if let maker = nodes.first(where: { $0.outputs.first == name }) { name = maker.inputs.first }
    }
    return initializers.first { $0.name == name }?.shape.first
  }

  /// Returns the elements of a tensor of 32-bit floats.
  mutating func floats(of tensor: Tensor, _ bytes: RawSpan) throws(FormatError) -> [Float] {
    let count = try count(of: tensor, elementBytes: 4)
    guard tensor.type == ONNXFormat.DataType.float.rawValue else { throw Self.type(tensor) }
    let places = tensor.raw.map { [$0] } ?? tensor.floats
    var elements: [Float] = []
    elements.reserveCapacity(count)
    for place in places {
      for start in stride(from: place.lowerBound, to: place.upperBound - 3, by: 4) {
        elements.append(Float(bitPattern: bytes.littleEndian(UInt32.self, at: start)))
      }
    }
    guard elements.count == count else { throw Self.size(tensor) }
    return elements
  }

  /// Returns the elements of a tensor of integers or Booleans.
  mutating func integers(of tensor: Tensor, _ bytes: RawSpan) throws(FormatError) -> [Int32] {
    let count = try count(of: tensor, elementBytes: 4)
    guard let limits = tensor.limits else { throw Self.type(tensor) }
    var elements: [Int32]
    if let raw = tensor.raw {
      elements =
        switch ONNXFormat.DataType(rawValue: tensor.type) {
        case .uint8, .bool: raw.map { Int32(bytes.littleEndian(UInt8.self, at: $0)) }
        case .int8: raw.map { Int32(bytes.littleEndian(Int8.self, at: $0)) }
        case .int64:
          stride(from: raw.lowerBound, to: raw.upperBound - 7, by: 8).map {
            Int32(clamping: bytes.littleEndian(Int64.self, at: $0))
          }
        case .int32, .float, nil:
          stride(from: raw.lowerBound, to: raw.upperBound - 3, by: 4).map {
            bytes.littleEndian(Int32.self, at: $0)
          }
        }
    } else {
      guard tensor.integers.allSatisfy({ limits.contains($0) }) else {
        throw .damaged("tensor \(WeightsError.quoted(tensor.name)) has an integer beyond its type")
      }
      elements = tensor.integers.map { Int32($0) }
    }
    guard elements.count == count else { throw Self.size(tensor) }
    return elements
  }

  /// Returns the number of elements, for which there is memory.
  private mutating func count(
    of tensor: Tensor, elementBytes: Int
  ) throws(FormatError) -> Int {
    guard !tensor.isExternal else {
      throw .unsupported(
        "has its tensor \(WeightsError.quoted(tensor.name)) in another file; save the model in one "
          + "file with its data")
    }
    guard let count = WeightTensor.elementCount(of: tensor.shape) else { throw Self.size(tensor) }
    guard count > 0 else {
      throw .unsupported("has a tensor \(WeightsError.quoted(tensor.name)) without elements")
    }
    try keep(count * elementBytes)
    return count
  }

  /// Subtracts bytes of constants that are about to be allocated.
  mutating func keep(_ byteCount: Int) throws(FormatError) { try budget.keep(byteCount) }

  private static func size(_ tensor: Tensor) -> FormatError {
    .damaged("tensor \(WeightsError.quoted(tensor.name)) does not have the elements of its shape")
  }

  private static func type(_ tensor: Tensor) -> FormatError {
    .unsupported(
      "has a tensor \(WeightsError.quoted(tensor.name)) of the type "
        + "\(ONNXSummary.typeName(tensor.type)); expected float32, or integers for codes")
  }

  // MARK: - Fields

  /// The messages to enter, as the field numbers of ``ONNXFormat`` on the way to them.
  private static let messages: Set<[Int]> = [
    [7], [7, 1], [7, 1, 5], [7, 1, 5, 5], [7, 5], [7, 11], [7, 12], [14],
  ]

  private mutating func add(
    _ value: ProtobufWalk.Value, at path: [Int], _ bytes: RawSpan
  ) throws(FormatError) {
    switch path {
    case [14, 1]: key = try string(value, bytes)
    case [14, 2]: metadata[key] = try string(value, bytes)
    case [7, 11, 1]: inputs.append(try string(value, bytes))
    case [7, 12, 1]: outputs.append(try string(value, bytes))
    case [7, 1]:
      try budget.spend(MemoryLayout<Node>.size)
      nodes.append(Node())
    case [7, 5]:
      try budget.spend(MemoryLayout<Tensor>.size)
      initializers.append(Tensor())
    case _ where path.starts(with: [7, 1, 5, 5]) && path.count == 5:
      let last = nodes.count - 1
      var tensor = nodes[last].attributes[attribute]?.tensor ?? Tensor()
      // A second reference would copy the tensor for each of its fields.
      nodes[last].attributes[attribute]?.tensor = nil
      try add(value, at: path[4], to: &tensor, bytes)
      nodes[last].attributes[attribute, default: Attribute()].tensor = tensor
    case _ where path.starts(with: [7, 1, 5]) && path.count == 4:
      try add(value, toAttribute: path[3], bytes)
    case _ where path.starts(with: [7, 1]) && path.count == 3:
      let last = nodes.count - 1
      switch path[2] {
      case 1: nodes[last].inputs.append(try string(value, bytes))
      case 2: nodes[last].outputs.append(try string(value, bytes))
      case 3: nodes[last].name = try string(value, bytes)
      case 4: nodes[last].type = try string(value, bytes)
      case 5: attribute = ""
      case 7: nodes[last].domain = try string(value, bytes)
      default: break
      }
    case _ where path.starts(with: [7, 5]) && path.count == 3:
      var tensor = initializers.removeLast()
      try add(value, at: path[2], to: &tensor, bytes)
      initializers.append(tensor)
    default: break
    }
  }

  /// Adds a field of an attribute, whose name must come first, as all programs write it.
  private mutating func add(
    _ value: ProtobufWalk.Value, toAttribute field: Int, _ bytes: RawSpan
  ) throws(FormatError) {
    let last = nodes.count - 1
    guard !attribute.isEmpty || ![2, 3, 4, 5, 8].contains(field) else {
      throw .unsupported("has an attribute whose value comes before its name")
    }
    switch field {
    case 1:
      // A dictionary may have twice the memory of its elements.
      try budget.spend(2 * MemoryLayout<Attribute>.size + 64)
      attribute = try string(value, bytes)
    case 2:
      guard case .fixed(let place) = value, place.count == 4 else { throw Self.layout }
      nodes[last].attributes[attribute, default: Attribute()].float = Float(
        bitPattern: bytes.littleEndian(UInt32.self, at: place.lowerBound))
    case 3, 8:
      nodes[last].attributes[attribute, default: Attribute()].integers += try integers(value, bytes)
    case 4:
      nodes[last].attributes[attribute, default: Attribute()].text = try string(value, bytes)
    default: break
    }
  }

  private mutating func add(
    _ value: ProtobufWalk.Value, at field: Int, to tensor: inout Tensor, _ bytes: RawSpan
  ) throws(FormatError) {
    switch field {
    case 1: tensor.shape += try integers(value, bytes)
    case 2: tensor.type = try integers(value, bytes).last ?? 0
    case 4:
      switch value {
      case .fixed(let place), .bytes(let place): tensor.floats.append(place)
      case .integer: throw Self.layout
      }
    case 5: tensor.integers += try integers(value, bytes)
    case 7: tensor.integers += try integers(value, bytes).map { Int(Int32(clamping: $0)) }
    case 8: tensor.name = try string(value, bytes)
    case 9:
      guard case .bytes(let place) = value else { throw Self.layout }
      tensor.raw = place
    case 13: tensor.isExternal = true
    case 14: tensor.isExternal = try integers(value, bytes).last == 1
    default: break
    }
  }

  private static let layout = FormatError.damaged("a field has another layout than ONNX's")

  private mutating func string(
    _ value: ProtobufWalk.Value, _ bytes: RawSpan
  ) throws(FormatError) -> String {
    guard case .bytes(let range) = value else { throw Self.layout }
    try budget.spend(range.count + 64)
    return String(decoding: bytes.copied(from: range.lowerBound, count: range.count), as: UTF8.self)
  }

  /// Returns one integer, or several that are stored together.
  private mutating func integers(
    _ value: ProtobufWalk.Value, _ bytes: RawSpan
  ) throws(FormatError) -> [Int] {
    try budget.spend(16)
    if case .integer(let value) = value { return [value] }
    guard case .bytes(let range) = value else { throw Self.layout }
    try budget.spend(8 * range.count)
    return try ProtobufWalk.varints(bytes, in: range)
  }
}
