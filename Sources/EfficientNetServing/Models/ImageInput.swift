internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetImages

/// What a client sends as an image.
enum ImageInput: Sendable {
  /// The bytes of a picture's file, and its name in messages.
  case photo(ArraySlice<UInt8>, name: String)
  /// Rows of pixels with three bytes each: red, green, blue.
  case pixels(ArraySlice<UInt8>, width: Int, height: Int)
  /// The normalized image as the network takes it: 32-bit floats, little-endian.
  case tensor(ArraySlice<UInt8>)

  /// Whether bytes begin like a picture's file.
  static func isPicture(_ bytes: ArraySlice<UInt8>) -> Bool {
    ImageFormat(signatureOf: bytes.span) != nil
  }

  /// The pixels that must be decoded and resized; 0 for a photo that cannot be read.
  var pixels: Int {
    switch self {
    case .photo(let bytes, let name):
      (try? PhotoSize(bytes.span.bytes, name: name))?.pixels ?? 0
    case .pixels(_, let width, let height): width * height
    case .tensor: 0
    }
  }

  /// Returns the image as the network takes it.
  ///
  /// Pixels of the size of the image are only normalized; others are resized as a photo is.
  ///
  /// - Throws: `ImageError`; ``RequestError`` with status 400 for numbers that are not finite.
  func image(for preprocessing: Preprocessing, decoding: DecodingOptions) throws -> Tensor {
    switch self {
    case .photo(let bytes, let name):
      return preprocessing.tensor(
        try PixelBuffer(decoding: bytes.span.bytes, name: name, options: decoding))
    case .pixels(let bytes, let width, let height):
      var preprocessing = preprocessing
      if width == preprocessing.crop, height == preprocessing.crop {
        preprocessing.resize = preprocessing.crop
      }
      return preprocessing.tensor(PixelBuffer(width: width, height: height, bytes: Array(bytes)))
    case .tensor(let bytes):
      let side = preprocessing.crop
      let shape = Shape(n: 1, h: side, w: side, c: 3)
      let elements = ElementType.float32.floats(
        from: bytes.span.bytes, at: 0, count: bytes.count / 4)
      if let index = elements.firstIndex(where: { !$0.isFinite }) {
        throw RequestError(
          status: 400,
          message:
            "the input 'image' has \(elements[index]) at element \(index); all elements must "
            + "be finite")
      }
      return Tensor(shape: shape, elements: elements)
    }
  }
}
