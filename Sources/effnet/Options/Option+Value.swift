import ArgumentParser

extension Option {
  /// An optional number.
  ///
  /// The next word is always the value, so that "--epochs -1" fails with a message about -1.
  ///
  /// - Parameters:
  ///   - names: The names of the option.
  ///   - help: The text of the help.
  ///   - name: The name of the value in the help, as in "--lr <rate>".
  init<Number: ExpressibleByArgument>(
    names: NameSpecification = .long, number help: String, value name: String? = nil
  ) where Value == Number? {
    self.init(
      name: names, parsing: .unconditional, help: ArgumentHelp(help, valueName: name),
      transform: { text throws -> Number in try parsedNumber(text) })
  }

  /// An optional text.
  ///
  /// - Parameters:
  ///   - name: The names of the option.
  ///   - help: The text of the help.
  ///   - value: The name of the value in the help, as in "--labels <file>".
  init<Text: ExpressibleByArgument>(
    name: NameSpecification = .long, help: String, value: String
  ) where Value == Text? {
    self.init(name: name, help: ArgumentHelp(help, valueName: value))
  }
}

extension Option where Value: ExpressibleByArgument {
  /// A number with a default; see ``init(names:number:value:)``.
  init(wrappedValue: Value, number help: String, value name: String? = nil) {
    self.init(
      wrappedValue: wrappedValue, parsing: .unconditional,
      help: ArgumentHelp(
        "\(help) (default: \(wrappedValue.defaultValueDescription))", valueName: name),
      transform: { text throws -> Value in try parsedNumber(text) })
  }

  /// A text with a default.
  init(wrappedValue: Value, help: String, value name: String) {
    self.init(wrappedValue: wrappedValue, help: ArgumentHelp(help, valueName: name))
  }

  /// A required text.
  init(name: NameSpecification = .long, help: String, value: String) {
    self.init(name: name, help: ArgumentHelp(help, valueName: value))
  }
}

/// Returns the value of a numeric option.
///
/// - Throws: ``CommandError`` that says what the value must be. ArgumentParser adds the option and
///   the given value.
private func parsedNumber<Number: ExpressibleByArgument>(_ text: String) throws -> Number {
  if let number = Number(argument: text) { return number }
  let form =
    switch Number.self {
    case is any UnsignedInteger.Type: "a whole number of at least 0, such as 10"
    case is any BinaryInteger.Type: "a whole number, such as 10"
    default: "a number, such as 0.02"
    }
  let isSeparated = text.contains(",") && text.contains(where: \.isNumber)
  throw CommandError(
    "it must be \(form)"
      + (isSeparated ? ", with a decimal point and no other separators" : ""))
}
