package import EfficientNet
internal import EfficientNetSystem

/// A file inside a zip archive, for instance the checkpoint in a Python package.
package enum ZipEntry {
  /// Reads the only entry whose name ends so, and its name.
  ///
  /// - Parameter limit: The most bytes that it may have, beside 16 times the archive's.
  /// - Throws: `WeightsError`.
  package static func read(
    entrySuffix: String, from path: String, limit: Int
  ) throws(WeightsError) -> (name: String, bytes: [UInt8]) {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    let limit = min(limit, AllocationBudget(source: path, byteCount: file.count).remaining)
    return try file.withBytes { (archive) throws(WeightsError) in
      let zip = try ZipDirectory(of: archive, source: path)
      let names = zip.names.filter { $0.hasSuffix(entrySuffix) }
      guard names.count == 1 else {
        throw .damaged(
          source: path,
          reason: "it has \(names.count) files that end with '\(entrySuffix)', not one")
      }
      return (names[0], try zip.extract(names[0], from: archive, limit: limit))
    }
  }
}
