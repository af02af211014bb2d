internal import EfficientNet
public import EfficientNetCompute

/// Mixes the images of a batch, and their classes in the same shares.
///
///     Mixing(mixup: 0.2)              // every batch
///     Mixing(mixup: 0.2, cutmix: 1)   // each batch uses one of the two, with probability ½
///
/// A batch is mixed with a shuffled copy of itself. One share λ from Beta(α, α) applies to the
/// whole batch.
///
/// Sources: Zhang et al. 2017, [mixup](https://arxiv.org/abs/1710.09412); Yun et al. 2019,
/// [CutMix](https://arxiv.org/abs/1905.04899).
public struct Mixing: Hashable, Sendable, Checkable {
  /// The α of mixup, which computes `λ · image + (1 − λ) · other`; nil turns mixup off.
  @NullIfNil public var mixup: Double?
  /// The α of cutmix, which pastes a rectangle of another image, 1 − λ of the pixels, into each
  /// image; nil turns cutmix off.
  @NullIfNil public var cutmix: Double?

  /// Creates a mixing with mixup, cutmix or both.
  ///
  /// - Precondition: The given numbers are from 0.001 to 1000.
  public init(mixup: Double? = nil, cutmix: Double? = nil) {
    (self.mixup, self.cutmix) = (mixup, cutmix)
    check()
  }

  /// Mixes the images in place and sets the targets of the batch.
  ///
  /// The labels stay those of the images with the share λ, even if λ is below ½.
  ///
  /// - Parameters:
  ///   - batch: The batch. Its targets become (n, classes); each row sums to 1. Targets it already
  ///     has are mixed again.
  ///   - classes: The number of classes.
  ///   - generator: The source of randomness.
  /// - Precondition: Labels are below `classes`.
  public func mix(_ batch: inout Batch, classes: Int, using generator: inout SeededGenerator) {
    check()
    let hasBoth = mixup != nil && cutmix != nil
    let isCutmix = hasBoth ? Bool.random(using: &generator) : cutmix != nil
    guard let alpha = isCutmix ? cutmix : mixup else { return }
    var share = Float(generator.beta(alpha))
    let others = batch.labels.indices.shuffled(using: &generator)
    if isCutmix {
      let box = Self.box(
        share: share, width: batch.images.shape.w, height: batch.images.shape.h, using: &generator)
      batch.images.cutMix(with: others, columns: box.columns, rows: box.rows)
      // The box may extend beyond the edge, so the share is computed from the clipped box.
      let pixels = batch.images.shape.h * batch.images.shape.w
      share = 1 - Float(box.columns.count * box.rows.count) / Float(pixels)
    } else {
      batch.images.mixUp(with: others, share: share)
    }
    let targets = batch.targets ?? Self.oneHot(batch.labels, classes: classes)
    require(
      targets.count == others.count * classes,
      "targets has \(targets.count) numbers; "
        + "\(others.count) images of \(classes) classes need \(others.count * classes)")
    batch.targets = targets.mixed(with: others, count: classes, share: share)
  }

  /// Returns one-hot targets of the shape (labels, classes).
  static func oneHot(_ labels: [Int], classes: Int) -> [Float] {
    var targets = [Float](repeating: 0, count: labels.count * classes)
    for (image, label) in labels.enumerated() {
      require(
        0..<classes ~= label, "a label is \(label); it must be at least 0 and below \(classes)")
      targets[image * classes + label] = 1
    }
    return targets
  }

  /// A box of `1 − share` of the pixels, with the aspect ratio of the image, around a random pixel;
  /// clipped to the image.
  static func box(
    share: Float, width: Int, height: Int, using generator: inout SeededGenerator
  ) -> (columns: Range<Int>, rows: Range<Int>) {
    let side = max(0, 1 - Double(share)).squareRoot()
    func span(of length: Int) -> Range<Int> {
      let size = Int(Double(length) * side)
      let first = Int.random(in: 0..<length, using: &generator) - size / 2
      return (first..<(first + size)).clamped(to: 0..<length)
    }
    return (columns: span(of: width), rows: span(of: height))
  }

  var complaint: String? {
    for (name, alpha) in [("mixup", mixup), ("cutmix", cutmix)] {
      if let alpha, !(alpha >= 1e-3 && alpha <= 1000) {
        return "the alpha of \(name) is \(alpha); it must be 0.001 to 1000"
      }
    }
    return nil
  }
}

extension Mixing: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case mixup, cutmix
  }

  /// Decodes the fields; a field left out turns its method off.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown or out of range.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    mixup = try fields.decodeIfPresent(Double.self, forKey: .mixup)
    cutmix = try fields.decodeIfPresent(Double.self, forKey: .cutmix)
    try decoder.refuse(complaint)
  }
}

extension Tensor {
  /// `share · image + (1 − share) · other` for each image.
  fileprivate mutating func mixUp(with others: [Int], share: Float) {
    elements = elements.mixed(with: others, count: shape.h * shape.w * shape.c, share: share)
  }

  /// Pastes a rectangle of the other image into each image.
  fileprivate mutating func cutMix(with others: [Int], columns: Range<Int>, rows: Range<Int>) {
    let source = elements
    for (image, other) in others.enumerated() where image != other {
      for row in rows {
        let start = shape.offset(n: image, h: row, w: columns.lowerBound, c: 0)
        let place = shape.offset(n: other, h: row, w: columns.lowerBound, c: 0)
        let count = columns.count * shape.c
        elements.replaceSubrange(
          start..<(start + count), with: source[place..<(place + count)])
      }
    }
  }
}

extension [Float] {
  /// `share · row + (1 − share) · other` for rows of `count` elements.
  fileprivate func mixed(with others: [Int], count: Int, share: Float) -> [Float] {
    let source = span
    return [Float](capacity: self.count) { output in
      for (row, other) in others.enumerated() {
        let mine = source.extracting((row * count)..<((row + 1) * count))
        let theirs = source.extracting((other * count)..<((other + 1) * count))
        for index in 0..<count { output.append(share * mine[index] + (1 - share) * theirs[index]) }
      }
    }
  }
}
