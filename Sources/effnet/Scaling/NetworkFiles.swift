import EfficientNet
import EfficientNetSystem

/// Writes a network as a JSON file to a folder, which is made unless it is there; the path that it got.
///
/// - Throws: `FileError`.
func writeNetwork(_ network: Architecture, to folder: String) throws -> String {
  try Folder.make(folder)
  let name = network.name.split(separator: "/").joined(separator: "-")
  let path = "\(folder.hasSuffix("/") ? String(folder.dropLast()) : folder)/\(name).json"
  var output = try OutputFile(path: path)
  try output.write(network.json + "\n")
  try output.commit()
  return path
}
