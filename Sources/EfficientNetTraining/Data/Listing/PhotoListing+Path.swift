internal import EfficientNetSystem

extension PhotoListing {
  /// The photos of whatever `path` is: a folder of class folders or of shards, a table (.csv), an archive (.tar), or a
  /// pattern of shards.
  init(contentsOf path: String) throws(DataError) {
    guard !path.isEmpty else { throw .file(FileError(path: "''", reason: "a path is needed")) }
    if Folder.exists(path) {
      try self.init(folder: path)
    } else if FileStatus(path) == nil, ShardPattern.isPattern(path) {
      try self.init(path: path, shards: ShardPattern.files(path))
    } else {
      do { _ = try OpenFile(path: path) } catch { throw .file(error) }
      let name = path.lowercased()
      if name.hasSuffix(".csv") {
        try self.init(table: path)
      } else if name.hasSuffix(".tar") {
        try self.init(path: path, shards: [path])
      } else if let program = Self.unpackers.first(where: { name.hasSuffix($0.ending) }) {
        throw .unsupported(path: path, reason: "is compressed; unpack it first: \(program.command)")
      } else {
        throw .unsupported(
          path: path,
          reason: "is no folder of photos, .csv table or .tar archive; give one of them")
      }
    }
  }

  /// How to unpack what is not read. Photos are compressed already: nothing is gained by packing them once more.
  private static let unpackers = [
    (ending: ".tar.gz", command: "gunzip"), (ending: ".tgz", command: "gunzip"),
    (ending: ".tar.bz2", command: "bunzip2"), (ending: ".tar.xz", command: "unxz"),
    (ending: ".tar.zst", command: "unzstd"), (ending: ".zip", command: "unzip"),
  ]
}
