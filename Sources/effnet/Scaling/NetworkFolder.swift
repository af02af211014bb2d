import EfficientNet
import EfficientNetSystem

/// A folder for networks as JSON files.
struct NetworkFolder {
  private let path: String

  /// Makes the folder unless it is there.
  ///
  /// - Throws: `FileError`.
  init(_ path: String) throws {
    try Folder.make(path)
    self.path = path
  }

  /// Writes a network; the path that it got.
  func write(_ network: Architecture) throws -> String {
    let name = network.name.split(separator: "/").joined(separator: "-")
    let file = "\(path.hasSuffix("/") ? String(path.dropLast()) : path)/\(name).json"
    var output = try OutputFile(path: file)
    try output.write(network.json + "\n")
    try output.commit()
    return file
  }
}
