import Foundation

/// Files of these tests and of the readers' tests.
enum Fixture {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()

  /// A program that stands for Python or curl.
  static let program = tests.appending(path: "EfficientNetHubTests/Fixtures/fake_python.sh").path

  static func path(_ name: String) -> String {
    tests.appending(path: "EfficientNetFormatsTests/Fixtures/\(name)").path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path(name))))
  }
}
