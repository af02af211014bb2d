import EfficientNet
import Foundation

@testable import EfficientNetFormats

/// The files that Tools/reference/make_keras.py made, in Fixtures/keras.zip: HDF5 files are large and empty.
enum KerasFixture {
  static let files: [String: [UInt8]] = {
    var files: [String: [UInt8]] = [:]
    do {
      let archive = try Fixture.bytes("keras.zip")
      let zip = try ZipDirectory(of: archive.span.bytes, source: "keras.zip")
      for name in zip.names {
        files[name] = try zip.extract(name, from: archive.span.bytes, limit: 1 << 20)
      }
    } catch {
      fatalError("\(error)")
    }
    return files
  }()

  static func bytes(_ name: String) -> [UInt8] { files[name]! }
}
