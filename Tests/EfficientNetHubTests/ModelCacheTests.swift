import EfficientNetHub
import Testing

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

  /// A folder that everybody may write to must not hold weights.
  @Test func noHome() {
    for home in [nil, "", "somewhere"] {
      let error = #expect(throws: HubError.noHome) { try ModelCache.standard([:]) { home } }
      #expect(error?.description.contains("set EFFNET_CACHE to a folder") == true)
    }
  }
}
