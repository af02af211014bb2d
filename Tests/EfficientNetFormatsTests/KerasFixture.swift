import EfficientNet
import Foundation

@testable import EfficientNetFormats

/// The files that Tools/reference/make_keras.py and make_hdf5_chunks.py write. They are in archives
/// because HDF5 files consist mostly of zeros.
enum KerasFixture {
  static let files: [String: [UInt8]] = {
    var files: [String: [UInt8]] = [:]
    do {
      for source in ["keras.zip", "hdf5_chunks.zip"] {
        let archive = try Fixture.bytes(source)
        let zip = try ZipDirectory(of: archive.span.bytes)
        for name in zip.names {
          files[name] = try zip.extract(name, from: archive.span.bytes, limit: 1 << 20)
        }
      }
    } catch {
      fatalError("\(error)")
    }
    return files
  }()

  static func bytes(_ name: String) -> [UInt8] { files[name]! }
}
