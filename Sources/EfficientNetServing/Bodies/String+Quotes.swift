extension String {
  /// The text in quotation marks for an error message, without its end if it is long.
  var inQuotes: String {
    // Counting the characters of a long text takes long.
    utf8.count > 400 || count > 100 ? "'\(prefix(100))…'" : "'\(self)'"
  }
}
