import EfficientNetServing
import Foundation

/// The files that Tools/serving/make_bodies.py and Tools/serving/fuzz/run.sh write.
enum Fixture {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures")

  /// The photos that the clients sent.
  static let first: [UInt8] =
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + [UInt8](repeating: 0, count: 16)
  static let second: [UInt8] =
    [0xFF, 0xD8, 0xFF] + (0...255).map { UInt8($0) } + Array("\r\n--\r\n\r\n--x--\r\n".utf8)

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: "bodies/\(name)")))
  }

  /// Returns the inputs that a fuzzer kept.
  static func corpus(_ name: String) throws -> [[UInt8]] {
    let corpus = folder.appending(path: "corpus/\(name)")
    return try FileManager.default.contentsOfDirectory(atPath: corpus.path).sorted().map {
      Array(try Data(contentsOf: corpus.appending(path: $0)))
    }
  }

  /// Returns the Content-Type and the body that a client sent.
  static func request(_ name: String) throws -> (type: String, body: [UInt8]) {
    request(try bytes("\(name).body"))
  }

  /// Splits a file into the Content-Type, which is the first line, and the body.
  static func request(_ bytes: [UInt8]) -> (type: String, body: [UInt8]) {
    let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    return (String(decoding: bytes[..<end], as: UTF8.self), Array(bytes.dropFirst(end + 1)))
  }

  static func upload(_ name: String) throws -> PhotoUpload {
    let (type, body) = try request(name)
    return try PhotoUpload(body: body, contentType: type)
  }
}

/// Returns the error that `body` throws; nil if there is none.
func refusal(_ body: () throws(RequestError) -> Void) -> RequestError? {
  do { try body() } catch { return error }
  return nil
}
