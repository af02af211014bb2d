/// A value of a Keras configuration; tuples are lists.
enum KerasSetting: Decodable, Hashable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case list([KerasSetting])
  case fields([String: KerasSetting])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let bool = try? container.decode(Bool.self) {
      self = .bool(bool)
    } else if let list = try? container.decode([KerasSetting].self) {
      self = .list(list)
    } else {
      let fields = try container.decode([String: KerasSetting].self)
      let isTuple = fields["class_name"] == "__tuple__"
      self = isTuple ? .list(fields["items"]?.list ?? []) : .fields(fields)
    }
  }

  var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  var number: Double? {
    if case .number(let number) = self { number } else { nil }
  }

  var list: [KerasSetting]? {
    if case .list(let list) = self { list } else { nil }
  }

  subscript(field: String) -> KerasSetting? {
    if case .fields(let fields) = self { fields[field] } else { nil }
  }
}

extension [String: KerasSetting] {
  /// The extents (n, h, w, c) of an input layer; unknown extents are null.
  var batchShape: [KerasSetting]? {
    (self["batch_shape"] ?? self["batch_input_shape"])?.list
  }

  /// The height, width and channels of an input layer, or nil if one is unknown.
  var imageExtents: [Int]? {
    guard let shape = batchShape?.dropFirst(), shape.count == 3 else { return nil }
    let extents = shape.compactMap { $0.number.flatMap(Int.init(exactly:)) }
    return extents.count == 3 ? extents : nil
  }
}

extension KerasSetting: CustomStringConvertible {
  /// The value for messages: "valid", "[2, 2]", "0.001", or the class of an object.
  var description: String {
    switch self {
    case .null: "null"
    case .bool(let bool): "\(bool)"
    case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
    case .text(let text): "'\(text.prefix(40))'"
    case .list(let list): "[\(list.prefix(8).map(\.description).joined(separator: ", "))]"
    case .fields(let fields): fields["class_name"]?.text.map { "\($0.prefix(40))" } ?? "an object"
    }
  }
}

extension KerasSetting: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral
{
  init(stringLiteral value: String) { self = .text(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(integerLiteral value: Int) { self = .number(Double(value)) }
  init(arrayLiteral elements: KerasSetting...) { self = .list(elements) }
}
