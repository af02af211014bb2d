/// How far the download of one file is.
public struct HubProgress: Hashable, Sendable {
  /// The file's name, for instance "model.safetensors".
  public let file: String
  /// Bytes that are there.
  public let received: Int
  /// Bytes that the file has, if the server said so.
  public let total: Int?
}
