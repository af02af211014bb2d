import EfficientNet

extension String {
  /// Returns names of a list that this unknown name may mean, or nil: at most three with the same
  /// words, otherwise one with similar letters.
  ///
  ///     "--decay".suggestion(from: options)  // "'--layer-decay' or '--weight-decay'"
  ///     "--epcohs".suggestion(from: options) // "'--epochs'"
  func suggestion(from names: [String]) -> String? {
    let similar = names.map { (name: $0, words: sharedWords(with: $0), edits: edits(to: $0)) }
      .sorted { ($1.words, $0.edits) < ($0.words, $1.edits) }
    guard let best = similar.first else { return nil }
    let isNear = best.edits <= 3 && 2 * best.edits < count
    guard isNear || best.words > 0 else { return nil }
    let meant = isNear ? [best] : similar.prefix(3).filter { $0.words == best.words }
    return meant.map { "'\($0.name)'" }.joined(separator: " or ")
  }

  /// The number of words that two names share: "rate" in "--learning-rate" and "--rate". A word may
  /// be the start of the other, with three letters at least; initials stand for all words.
  private func sharedWords(with other: String) -> Int {
    let (own, theirs) = (words, other.words)
    for (long, short) in [(own, theirs), (theirs, own)] where long.count > 1 {
      if short == [String(long.compactMap(\.first))] { return long.count }
    }
    return own.count { word in
      theirs.contains { $0 == word || Swift.min($0.count, word.count) > 2 && $0.isStart(of: word) }
    }
  }

  private var words: [String] {
    split(separator: "-").map { $0.lowercased() }.filter { $0 != "no" }
  }

  /// Whether one of two words starts with the other.
  private func isStart(of other: String) -> Bool { hasPrefix(other) || other.hasPrefix(self) }
}
