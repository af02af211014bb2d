public import EfficientNetCompute

/// The preprocessing of a photo for a network: resize, center crop, normalize.
///
///     let b0 = Preprocessing(
///       resize: 256, crop: 224, interpolation: .bicubic,
///       mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375])
///     let input = b0.tensor(photo)  // 1×224×224×3
///
/// Equal to torchvision's `Resize(resize)`, `CenterCrop(crop)`, `ToTensor` and `Normalize` on
/// Pillow's picture: the pixels are the same, and the floats are the same except for rounding.
public struct Preprocessing: Hashable, Codable, Sendable {
  /// The length of the shorter side after resizing, in pixels. The longer side keeps the
  /// proportion, rounded down to whole pixels. With ``squash``, both sides have this length.
  public var resize: Int
  /// The side of the square cut from the middle, in pixels: the resolution of the network.
  ///
  /// Parts of the square outside the resized photo are zero before normalization.
  public var crop: Int
  /// The filter for resizing.
  public var interpolation: Interpolation
  /// Whether the photo is resized to a square without keeping its proportion.
  public var squash: Bool
  /// The largest ``resize`` and ``crop``, in pixels.
  package static let maximumSide = 1 << 16
  /// The means that are subtracted from red, green and blue, in units of 0…255.
  public var mean: [Float]
  /// The standard deviations that the differences are divided by, in units of 0…255.
  public var std: [Float]

  /// Creates a preprocessing.
  ///
  /// - Parameters:
  ///   - resize: The length of the shorter side after resizing, 1 to 65,536 pixels.
  ///   - crop: The side of the square cut from the middle, 1 to 65,536 pixels.
  ///   - interpolation: The filter for resizing.
  ///   - squash: Whether the photo is resized to a square without keeping its proportion.
  ///   - mean: The means of red, green and blue, in units of 0…255.
  ///   - std: The standard deviations of red, green and blue, in units of 0…255, above 0.
  /// - Precondition: The values are in these ranges and finite.
  public init(
    resize: Int, crop: Int, interpolation: Interpolation, squash: Bool = false, mean: [Float],
    std: [Float]
  ) {
    (self.resize, self.crop, self.interpolation) = (resize, crop, interpolation)
    self.squash = squash
    (self.mean, self.std) = (mean, std)
    checkFields()
  }

  /// Returns the network's input: `(x − mean) / std` of the resized and cropped photo.
  ///
  /// Only the pixels inside the crop are computed: a photo of 1×30000 pixels takes no more memory
  /// than a square one.
  ///
  /// - Parameter pixels: A photo of any size.
  /// - Returns: A tensor of shape (1, crop, crop, 3).
  /// - Precondition: ``resize`` and ``crop`` are 1 to 65,536, ``mean`` and ``std`` have three
  ///   finite values each, and all deviations are above 0.
  public func tensor(_ pixels: PixelBuffer) -> Tensor {
    tensor(pixels, kernels: .preferred)
  }

  /// Returns the network's input, computed with the kernels of a given instruction set.
  func tensor(_ pixels: PixelBuffer, kernels: Kernels) -> Tensor {
    let (across, down, resized) = shown(of: pixels, kernels: kernels)
    let rowBytes = 3 * resized.width
    let black = [UInt8](repeating: 0, count: 3 * crop)
    let elements = [Float](capacity: 3 * crop * crop) { output in
      // Each element is written once, in order. Parts outside the photo are black.
      func append(_ bytes: Span<UInt8>, to output: inout OutputSpan<Float>) {
        kernels.normalize(bytes, mean: mean, std: std, to: &output)
      }
      let (left, right) = (3 * across.padding, 3 * (crop - across.padding) - rowBytes)
      for _ in 0..<down.padding { append(black.span, to: &output) }
      var ready: [UInt8] = []
      for first in stride(from: 0, to: down.visible.count, by: Kernels.resizeRows) {
        let rows = first..<min(first + Kernels.resizeRows, down.visible.count)
        ready.removeAll(keepingCapacity: true)
        ready.append(addingCapacity: rows.count * rowBytes) { resized.append(rows, to: &$0) }
        for row in rows.indices {
          append(black.span.extracting(first: left), to: &output)
          let start = (row - first) * rowBytes
          append(ready.span.extracting(start..<(start + rowBytes)), to: &output)
          append(black.span.extracting(first: right), to: &output)
        }
      }
      while output.freeCapacity > 0 { append(black.span, to: &output) }
    }
    return Tensor(shape: Shape(n: 1, h: crop, w: crop, c: 3), elements: elements)
  }

  /// Returns the pixels of ``tensor(_:)`` before normalization, crop×crop of them.
  ///
  /// - Precondition: As in ``tensor(_:)``.
  package func picture(_ pixels: PixelBuffer) -> PixelBuffer {
    let (across, down, resized) = shown(of: pixels)
    let shown = resized.picture
    if shown.width == crop, shown.height == crop { return shown }
    var picture = PixelBuffer(width: crop, height: crop, repeating: 0)
    picture.put(shown, left: across.padding, top: down.padding)
    return picture
  }

  /// Returns the part of the resized photo inside the crop, and its position.
  private func shown(
    of pixels: PixelBuffer, kernels: Kernels = .preferred
  ) -> (across: CenterCrop, down: CenterCrop, resized: ResizedRows) {
    checkFields()
    let size = resizedSize(width: pixels.width, height: pixels.height)
    let across = CenterCrop(side: crop, of: size.width)
    let down = CenterCrop(side: crop, of: size.height)
    let window = PixelRectangle(
      left: across.visible.lowerBound, top: down.visible.lowerBound,
      width: across.visible.count, height: down.visible.count)
    let resized = ResizedRows(
      of: pixels, width: size.width, height: size.height, interpolation: interpolation,
      window: window, kernels: kernels)
    return (across, down, resized)
  }

  /// Returns the size after resizing: the shorter side is ``resize``, the longer `⌊resize · longer
  /// / shorter⌋`. With ``squash``, both are ``resize``.
  ///
  /// - Precondition: `width` and `height` are at least 1 and below 2³¹.
  package func resizedSize(width: Int, height: Int) -> (width: Int, height: Int) {
    if squash { return (width: resize, height: resize) }
    return width <= height
      ? (width: resize, height: resize * height / width)
      : (width: resize * width / height, height: resize)
  }

  private func checkFields() {
    let complaint = complaint
    require(complaint == nil, complaint ?? "")
  }

  /// The first invalid field, described for an error message; nil if all are valid.
  private var complaint: String? {
    // The inputs of all networks are far smaller than this limit, so a larger number is an error.
    let sides = 1...Self.maximumSide
    if !sides.contains(resize) || !sides.contains(crop) {
      return
        "cannot resize to \(resize) and crop to \(crop) pixels; "
        + "both must be 1 to \(Self.maximumSide)"
    }
    if mean.count != 3 || std.count != 3 {
      return "RGB needs 3 means and 3 deviations, not \(mean.count) and \(std.count)"
    }
    if !mean.allSatisfy(\.isFinite) { return "a mean is not a number: \(mean)" }
    if !std.allSatisfy({ $0 > 0 && $0.isFinite }) { return "a deviation is not positive: \(std)" }
    return nil
  }
}

extension Preprocessing {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case resize, crop, interpolation, squash, mean, std
  }

  /// Decodes a preprocessing and validates it. `squash` may be absent; it is then false.
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError`, also for an unknown field and for values that violate the
  ///   precondition of ``tensor(_:)``.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    resize = try fields.decode(Int.self, forKey: .resize)
    crop = try fields.decode(Int.self, forKey: .crop)
    interpolation = try fields.decodeName(forKey: .interpolation)
    squash = try fields.decodeIfPresent(Bool.self, forKey: .squash) ?? false
    mean = try fields.decode([Float].self, forKey: .mean)
    std = try fields.decode([Float].self, forKey: .std)
    if let complaint {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: complaint))
    }
  }
}
