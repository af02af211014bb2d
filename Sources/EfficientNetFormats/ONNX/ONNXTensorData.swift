internal import EfficientNet
internal import EfficientNetCompute

/// The elements of an initializer: integers, stored 32-bit floats, or floats that are computed
/// during writing, so that no second copy of the network's weights exists.
enum ONNXTensorData {
  /// An unchanged tensor.
  case stored(WeightTensor)
  /// The filter of every output times its factor. `name` and `source` are for messages.
  case scaled(WeightTensor, by: [Float], name: String, source: String)
  case uint8([UInt8])
  case int8([Int8])
  case int32([Int32])

  var type: ONNXFormat.DataType {
    switch self {
    case .stored, .scaled: .float
    case .uint8: .uint8
    case .int8: .int8
    case .int32: .int32
    }
  }

  /// The size of an element in the file in bytes.
  var elementBytes: Int {
    switch type {
    case .int64: 8
    case .float, .int32: 4
    case .uint8, .int8, .bool: 1
    }
  }

  /// The size in the file in bytes.
  var byteCount: Int {
    let count =
      switch self {
      case .stored(let tensor), .scaled(let tensor, _, _, _): tensor.count
      case .uint8(let elements): elements.count
      case .int8(let elements): elements.count
      case .int32(let elements): elements.count
      }
    return elementBytes * count
  }

  /// Writes the elements.
  ///
  /// - Throws: ``WeightsError`` if a product is not a finite float, or the file cannot be written.
  func write(to file: inout OutputFile) throws(WeightsError) {
    switch self {
    case .stored(let tensor): try Self.write(tensor, to: &file)
    case .scaled(let factor, let scale, let name, let source):
      let tensor = Self.product(factor, scale)
      guard tensor.isFinite else { throw .nonFinite(name: name, source: source) }
      try Self.write(tensor, to: &file)
    case .uint8(let elements):
      try fileErrors { () throws(FileError) in try file.write(elements.span.bytes) }
    case .int8(let elements):
      try fileErrors { () throws(FileError) in try file.write(elements.span.bytes) }
    case .int32(let elements):
      try fileErrors { () throws(FileError) in try file.write(elements.span.bytes) }
    }
  }

  private static func write(
    _ tensor: WeightTensor, to file: inout OutputFile
  ) throws(WeightsError) {
    try fileErrors { () throws(FileError) in
      try tensor.withElements { (elements) throws(FileError) in try file.write(elements.bytes) }
    }
  }

  /// `w'[o, …] = w[o, …] · factor[o]`
  private static func product(_ tensor: WeightTensor, _ factors: [Float]) -> WeightTensor {
    precondition(tensor.shape.first == factors.count, "\(tensor.shape) times \(factors.count)")
    let elements = tensor.withElements { w in
      let stride = w.count / factors.count
      return [Float](capacity: w.count) { output in
        for o in factors.indices {
          for index in (o * stride)..<((o + 1) * stride) {
            output.append(w[index] * factors[o])
          }
        }
      }
    }
    return WeightTensor(shape: tensor.shape, elements: elements)
  }
}
