extension String {
  /// Returns the names that this text may mean, the likeliest first: names that have it as a word
  /// or words, names with a word that starts with it, names that contain it, names that differ in
  /// few letters. "cat" gives "tiger cat", "catamaran", "oystercatcher", "bat". Upper and lower
  /// case are the same. For error messages.
  ///
  /// - Parameters:
  ///   - names: The names in their order, which decides among equally likely ones.
  ///   - limit: The largest number of names to return.
  package func suggestions(among names: some Sequence<String>, limit: Int = 5) -> [String] {
    let wanted = words
    guard !wanted.isEmpty else { return [] }
    let edits = count / 3
    func rank(_ name: String) -> Int? {
      let words = " \(name.words) "
      if words.contains(" \(wanted) ") { return -3 }
      if words.contains(" \(wanted)") { return -2 }
      if words.contains(wanted) { return -1 }
      let distance = self.edits(to: name)
      return distance <= edits ? distance : nil
    }
    let ranked = names.enumerated().compactMap { place, name in
      rank(name).map { (rank: $0, place: place, name: name) }
    }
    return ranked.sorted { ($0.rank, $0.place) < ($1.rank, $1.place) }.prefix(limit).map(\.name)
  }

  /// The words in lower case with one space between them.
  private var words: String {
    lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
  }
}
