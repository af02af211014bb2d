/// What an HDF5 file holds, as far as weights need it: text attributes and data sets by path
/// ("layers/dense/vars/0"), the root being "".
struct HDF5Contents {
  /// The attributes that are texts or lists of texts, by the path of their group and their name.
  var attributes: [String: [String: [String]]] = [:]
  /// The data sets by path.
  var datasets: [String: HDF5Dataset] = [:]

  /// The only text of an attribute.
  func text(_ name: String, of group: String) -> String? {
    guard let texts = attributes[group]?[name], texts.count == 1 else { return nil }
    return texts[0]
  }

  /// The texts of an attribute that Keras cuts into several where it has more than 64 KB:
  /// "layer_names0", "layer_names1", …
  func texts(_ name: String, of group: String) -> [String]? {
    guard let attributes = attributes[group] else { return nil }
    if let texts = attributes[name] { return texts }
    var joined: [String]?
    var part = 0
    while let texts = attributes["\(name)\(part)"] {
      joined = (joined ?? []) + texts
      part += 1
    }
    return joined
  }
}

/// A data set of an HDF5 file.
struct HDF5Dataset {
  /// The type of its elements.
  var type: HDF5Type
  /// The extents; empty for a scalar.
  var shape: [Int]
  /// The number of elements.
  var count: Int
  /// Where the elements are.
  var storage: Storage

  enum Storage {
    /// In one piece, in the data set's header or elsewhere.
    case whole(Range<Int>)
    /// In blocks.
    case chunked(HDF5Chunks)
  }
}
