import EfficientNetSystem

/// The words as a shell reads them, with quotation marks where it would change or split them.
func shellLine(_ words: [String]) -> String {
  words.map { word in
    let isPlain = word.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-_./,:=+@%".utf8.contains(byte)
    }
    guard !isPlain || word.isEmpty else { return word }
    let parts = word.split(separator: "'", omittingEmptySubsequences: false)
    return "'\(parts.joined(separator: "'\\''"))'"
  }.joined(separator: " ")
}

extension FileError {
  /// The error of work that goes on with a command once its cause is gone.
  func resumable(by command: String) -> FileError {
    FileError(path: path, reason: "\(reason); once that is put right, go on with: \(command)")
  }
}
