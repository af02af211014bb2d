import Foundation
import Testing

@testable import EfficientNetServing

/// A request of a real client, which Tools/serving/make_requests.py recorded.
struct RecordedRequest {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures/requests")

  /// The names of all recorded requests.
  static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .map { $0.replacing(".http", with: "") }
  }

  /// The fields of the head; their names are in lower case.
  let head: [String: String]
  let body: [UInt8]

  init(_ name: String) throws {
    let bytes = try Data(contentsOf: Self.folder.appending(path: "\(name).http"))
    let end = try #require(bytes.firstRange(of: Data("\r\n\r\n".utf8)))
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let fields = lines.dropFirst().map { line in
      let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
      return (parts[0].lowercased(), parts[1])
    }
    head = Dictionary(uniqueKeysWithValues: fields)
    body = Array(bytes[end.upperBound...])
  }

  /// Reads the request.
  func decoded(onlyInput: TensorMetadata = .photo) throws(RequestError) -> InferenceRequest {
    try InferenceRequest(
      body: body, headerLength: head["inference-header-content-length"], onlyInput: onlyInput)
  }
}

extension TensorMetadata {
  static let photo = TensorMetadata(name: "image", datatype: .bytes, shape: [-1])
  static let picture = TensorMetadata(name: "image", datatype: .fp32, shape: [-1, 2, 2, 3])
}

extension InferenceTensor {
  /// The elements of an FP32 tensor.
  var floats: [Float] { elements(UInt32.self).map(Float.init(bitPattern:)) }

  /// The little-endian integers of a tensor.
  func elements<Value: FixedWidthInteger>(_ type: Value.Type) -> [Value] {
    guard case .numbers(let bytes) = contents else { return [] }
    return bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: MemoryLayout<Value>.size).map {
        Value(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Value.self))
      }
    }
  }

  /// The elements of a BYTES tensor.
  var strings: [[UInt8]] {
    guard case .elements(let elements) = contents else { return [] }
    return elements.map { Array($0) }
  }
}
