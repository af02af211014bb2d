internal import EfficientNetCompute

enum FolderNames {
  /// The largest length of a name in bytes, without additions; file systems allow 255.
  private static let mostBytes = 120

  /// Returns a folder name for each class, all different: "cats-dogs" for "cats/dogs", and "crane-2"
  /// for the second class "crane". The names are valid on Linux, macOS and Windows, and
  /// ``PhotoFinder`` finds photos in the folders.
  ///
  /// - Parameter reserved: Names that no class gets.
  static func names(for classes: [String], besides reserved: [String]) -> [String] {
    // Some file systems ignore case.
    var taken = Set(reserved.map { $0.lowercased() })
    return classes.map { name in
      let base = safe(name)
      var unique = base
      var number = 2
      while !taken.insert(unique.lowercased()).inserted {
        unique = "\(base)-\(number)"
        number += 1
      }
      return unique
    }
  }

  /// Returns a name without separators, control characters and the characters that Windows forbids.
  private static func safe(_ name: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in name.oneLine.unicodeScalars {
      scalars.append("/\\:*?\"<>|".unicodeScalars.contains(scalar) ? "-" : scalar)
    }
    var result = String(String(scalars).drop(while: \.isWhitespace)).cut(toBytes: mostBytes)
    while let last = result.last, last.isWhitespace || last == "." { result.removeLast() }
    if result.isEmpty { return "unnamed" }
    // Hidden folders are not searched, and programs take a hyphen for an option.
    let isSpecial = PhotoFinder.isHidden(result) || result.hasPrefix("-") || isDevice(result)
    return isSpecial ? "_" + result : result
  }

  /// Returns whether Windows takes a name for a device, such as "NUL" or "com1.photos".
  private static func isDevice(_ name: String) -> Bool {
    let stem = name.prefix { $0 != "." }.uppercased()
    return ["CON", "PRN", "AUX", "NUL"].contains(stem)
      || stem.count == 4 && ["COM", "LPT"].contains(stem.prefix(3)) && stem.last?.isNumber == true
  }
}

extension String {
  /// Returns the longest start that has at most `limit` bytes, cut between characters; a part of
  /// the first character if that is longer.
  ///
  /// - Parameter limit: The number of bytes, at least 4, so that a Unicode scalar fits.
  func cut(toBytes limit: Int) -> String {
    var result = self
    while result.utf8.count > limit, result.index(after: result.startIndex) < result.endIndex {
      result.removeLast()
    }
    while result.utf8.count > limit { result.unicodeScalars.removeLast() }
    return result
  }
}
