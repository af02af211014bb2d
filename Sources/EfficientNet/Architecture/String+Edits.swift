extension String {
  /// Returns the smallest number of bytes to insert, remove or replace to turn this text into
  /// `other`. Both are lowercased and cut to 100 bytes. For suggestions in error messages.
  ///
  /// Source: [Levenshtein distance](https://en.wikipedia.org/wiki/Levenshtein_distance).
  package func edits(to other: String) -> Int {
    func start(_ text: String) -> [UInt8] {
      Array(String(decoding: text.utf8.prefix(100), as: UTF8.self).lowercased().utf8)
    }
    let (source, target) = (start(self), start(other))
    var row = Array(0...target.count)
    for (i, byte) in source.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, wanted) in target.enumerated() {
        let replaced = diagonal + (byte == wanted ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = Swift.min(replaced, diagonal + 1, row[j] + 1)
      }
    }
    return row[target.count]
  }
}
