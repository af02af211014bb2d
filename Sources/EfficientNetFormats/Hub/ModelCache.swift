internal import FoundationEssentials
internal import Glibc

/// The folder where downloaded weights are kept.
///
///     try ModelCache.standard.path(of: "lite0")  // /home/ada/.cache/effnet/lite0.safetensors
public struct ModelCache: Hashable, Sendable {
  /// The folder.
  public let folder: String

  /// A cache in `folder`, which need not exist yet.
  public init(folder: String) { self.folder = folder }

  /// The folder that `EFFNET_CACHE` names, or else "effnet" in the user's cache folder (`XDG_CACHE_HOME`, or .cache
  /// in the home folder: `HOME`, or what the system's list of users says).
  ///
  /// - Throws: ``HubError/noHome`` where nothing names a folder.
  public static var standard: ModelCache {
    get throws(HubError) {
      try standard(ProcessInfo.processInfo.environment, homeOfUser: homeOfUser)
    }
  }

  /// As ``standard``, in an environment.
  package static func standard(
    _ environment: [String: String], homeOfUser: () -> String?
  ) throws(HubError) -> ModelCache {
    if let folder = environment["EFFNET_CACHE"], !folder.isEmpty {
      return ModelCache(folder: folder)
    }
    // The XDG specification has relative paths ignored.
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
      return ModelCache(folder: folder + "/effnet")
    }
    let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? homeOfUser()
    guard let home, home.hasPrefix("/") else { throw .noHome }
    return ModelCache(folder: home + "/.cache/effnet")
  }

  /// The home folder in the system's list of users.
  private static func homeOfUser() -> String? {
    var buffer = [CChar](repeating: 0, count: 1 << 14)
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    guard unsafe getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found) == 0,
      unsafe found != nil, let home = unsafe entry.pw_dir
    else { return nil }
    return unsafe String(cString: home)
  }

  /// Where the weights of a model are, or would be.
  public func path(of name: String) -> String { "\(folder)/\(name).safetensors" }

  /// Whether the weights of a model are there.
  public func contains(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(of: name))
  }
}
