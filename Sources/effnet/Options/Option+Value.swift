import ArgumentParser

extension Option {
  /// A number, or none. Whatever stands behind the option is its value, so that "--epochs -1" is told that -1 is not possible.
  init<Number: ExpressibleByArgument>(number help: String, value name: String? = nil)
  where Value == Number? {
    self.init(parsing: .unconditional, help: ArgumentHelp(help, valueName: name))
  }

  /// A text, or none.
  ///
  /// - Parameter value: What the help calls it, as in "--labels <file>".
  init<Text: ExpressibleByArgument>(
    name: NameSpecification = .long, help: String, value: String
  ) where Value == Text? {
    self.init(name: name, help: ArgumentHelp(help, valueName: value))
  }
}

extension Option where Value: ExpressibleByArgument {
  /// A number with a default; see ``init(number:value:)``.
  init(wrappedValue: Value, number help: String, value name: String? = nil) {
    self.init(
      wrappedValue: wrappedValue, parsing: .unconditional,
      help: ArgumentHelp(help, valueName: name))
  }

  /// A text with a default.
  init(wrappedValue: Value, help: String, value name: String) {
    self.init(wrappedValue: wrappedValue, help: ArgumentHelp(help, valueName: name))
  }

  /// A text that has to be given.
  init(name: NameSpecification = .long, help: String, value: String) {
    self.init(name: name, help: ArgumentHelp(help, valueName: value))
  }
}
