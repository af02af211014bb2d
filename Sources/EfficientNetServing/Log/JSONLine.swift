internal import EfficientNetSystem

/// A JSON object in one line, written field by field in order.
///
/// Control characters are escaped, also those that JSON allows, such as U+202E: text from a request
/// neither breaks the line nor controls the terminal.
struct JSONLine {
  private var fields = ""

  /// The line without a line break.
  var text: String { "{\(fields)}" }

  /// Adds a string; nil adds nothing.
  mutating func add(_ name: String, _ value: String?) {
    guard let value else { return }
    add(name, raw: "\"\(Self.escaped(value))\"")
  }

  /// Adds a number; nil adds nothing.
  mutating func add(_ name: String, _ value: Int?) {
    if let value { add(name, raw: "\(value)") }
  }

  /// Adds a duration in milliseconds with three decimals; nil adds nothing.
  mutating func add(_ name: String, _ value: Duration?) {
    if let value { add(name, raw: "\(value.milliseconds)") }
  }

  private mutating func add(_ name: String, raw value: String) {
    fields += "\(fields.isEmpty ? "" : ",")\"\(name)\":\(value)"
  }

  private static func escaped(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy {
      0x20..<0x7F ~= $0 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
    }
    if isPlain { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" {
        result += ["\\", scalar]
      } else if scalar.isControl {
        // All of them have at most four digits.
        result += "\\u\(String(0x10000 + scalar.value, radix: 16).dropFirst())".unicodeScalars
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}

extension Duration {
  /// The milliseconds, rounded to microseconds.
  var milliseconds: Double { (self / .microseconds(1)).rounded() / 1000 }
}
