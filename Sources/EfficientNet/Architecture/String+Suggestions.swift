extension String {
  /// Returns the names that this text may mean, the likeliest first, for error messages.
  ///
  /// Words come first: names that have the text as words, names with a word that starts with it,
  /// names that contain it, names that are words of it, and names with the same initials. If there
  /// are none, the names with the fewest other letters follow. Upper and lower case are the same.
  ///
  ///     "cat".suggestions(among: animals)       // "tiger cat", "catamaran", "oystercatcher"
  ///     "--wd".suggestions(among: options)      // "--weight-decay"
  ///     "--epcohs".suggestions(among: options)  // "--epochs"
  ///
  /// - Parameters:
  ///   - names: The names. Among equally likely ones, those of similar length come first, then those
  ///     at the start of the list.
  ///   - limit: The largest number of names to return.
  package func suggestions(among names: some Sequence<String>, limit: Int = 5) -> [String] {
    let wanted = words
    guard !wanted.isEmpty else { return [] }
    func sorted(by rank: (String) -> Int?) -> [String] {
      let ranked = names.enumerated().compactMap { place, name in
        rank(name.words).map {
          (rank: $0, length: abs(name.utf8.count - utf8.count), place: place, name: name)
        }
      }
      return ranked.sorted { ($0.rank, $0.length, $0.place) < ($1.rank, $1.length, $1.place) }
        .prefix(limit).map(\.name)
    }
    let byWord = sorted { Self.rank(of: $0, for: wanted) }
    guard byWord.isEmpty else { return byWord }
    // `edits` compares the first 100 bytes.
    let most = (min(wanted.utf8.count, 100) + 1) / 3
    return sorted { name in
      let edits = wanted.edits(to: name)
      return edits <= most ? edits : nil
    }
  }

  /// Returns the place of a name among those that have words of a text; nil if it has none. Fewer
  /// than three letters are only whole words.
  private static func rank(of name: String, for wanted: String) -> Int? {
    if " \(name) ".contains(" \(wanted) ") { return 0 }
    if wanted.count > 2, " \(name)".contains(" \(wanted)") { return 1 }
    if wanted.count > 2, name.contains(wanted) { return 2 }
    if " \(wanted) ".contains(" \(name) ") { return 3 }
    return name.initials == wanted || wanted.initials == name ? 4 : nil
  }

  /// The words of the first 1000 characters, in lower case with one space between them.
  private var words: String {
    prefix(1000).lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
  }

  /// The first letters of the words; nil for a single word.
  private var initials: String? {
    contains(" ") ? String(split(separator: " ").compactMap(\.first)) : nil
  }
}
