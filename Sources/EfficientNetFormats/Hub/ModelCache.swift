#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The folder where downloaded weights are kept.
///
///     ModelCache.standard.path(of: "lite0")  // /home/ada/.cache/effnet/lite0.safetensors
public struct ModelCache: Hashable, Sendable {
  /// The folder.
  public let folder: String

  /// A cache in `folder`, which need not exist yet.
  public init(folder: String) { self.folder = folder }

  /// The folder that `EFFNET_CACHE` names, or else "effnet" in the user's cache folder
  /// (`XDG_CACHE_HOME`, or ~/.cache).
  public static var standard: ModelCache {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["EFFNET_CACHE"], !folder.isEmpty {
      return ModelCache(folder: folder)
    }
    // The XDG specification has relative paths ignored.
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
      return ModelCache(folder: folder + "/effnet")
    }
    return ModelCache(folder: (environment["HOME"] ?? "/tmp") + "/.cache/effnet")
  }

  /// Where the weights of a model are, or would be.
  public func path(of name: String) -> String { "\(folder)/\(name).safetensors" }

  /// Whether the weights of a model are there.
  public func contains(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(of: name))
  }
}
