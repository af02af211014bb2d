import Foundation
import Testing

@testable import EfficientNetFormats

@Suite struct ModelCacheTests {
  @Test(arguments: [
    (["EFFNET_CACHE": "weights", "HOME": "/home/ada"], "weights"),
    (["EFFNET_CACHE": "", "XDG_CACHE_HOME": "/cache", "HOME": "/home/ada"], "/cache/effnet"),
    (["XDG_CACHE_HOME": "cache", "HOME": "/home/ada"], "/home/ada/.cache/effnet"),
    ([:], "/users/ada/.cache/effnet"), (["HOME": ""], "/users/ada/.cache/effnet"),
    (["HOME": "ada"], "/users/ada/.cache/effnet"),
  ])
  func standardFolder(environment: [String: String], expected: String) throws {
    let cache = try ModelCache.standard(environment) { "/users/ada" }
    #expect(cache.folder == expected)
  }

  /// A folder that everybody may write to is none for weights.
  @Test func noHome() {
    for home in [nil, "", "somewhere"] {
      let error = #expect(throws: HubError.noHome) { try ModelCache.standard([:]) { home } }
      #expect(error?.description.contains("EFFNET_CACHE can name a folder") == true)
    }
  }

  /// A configuration that cannot be read is not one that is not there: another preprocessing would be chosen.
  @Test func unreadableConfiguration() throws {
    try withTemporaryFolder { folder in
      let weights = folder + "/model.safetensors"
      #expect(try HubConfiguration(besideWeights: weights) == nil)
      // Permissions do not hinder root; a folder cannot be read by anybody.
      let file = folder + "/config.json"
      try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
      let error = #expect(throws: HubError.self) { try HubConfiguration(besideWeights: weights) }
      #expect(error?.description.hasPrefix(file) == true)
      try FileManager.default.removeItem(atPath: file)
      // One of another library is none of ours.
      try Data(#"{"architectures": ["EfficientNetModel"]}"#.utf8).write(to: URL(filePath: file))
      #expect(try HubConfiguration(besideWeights: weights) == nil)
    }
  }
}
