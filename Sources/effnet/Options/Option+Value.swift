import ArgumentParser

extension Option {
  /// A number, or none. Whatever stands behind the option is its value, so that "--epochs -1" is told that -1 is not possible.
  init<Number: ExpressibleByArgument>(number help: String, value name: String? = nil)
  where Value == Number? {
    self.init(parsing: .unconditional, help: ArgumentHelp(help, valueName: name))
  }

  /// A text, or none.
  ///
  /// - Parameter name: What the help calls it, as in "--labels <file>".
  init<Text: ExpressibleByArgument>(help: String, value name: String) where Value == Text? {
    self.init(help: ArgumentHelp(help, valueName: name))
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
  init(help: String, value name: String) {
    self.init(help: ArgumentHelp(help, valueName: name))
  }
}
