internal import EfficientNet
public import EfficientNetCompute
internal import EfficientNetImages
internal import EfficientNetReports

/// A picture that shows photos as the network sees them in training.
///
///     let sheet = try AugmentationSheet(configuration, data: split, pool: pool)
///     let png = try sheet.picture().png()
///
/// Each photo has one row: first as the network sees it when it classifies, without augmentation,
/// then as training augments it in epochs 1, 2, … A title and the heads of the columns say so. The
/// pixels are those of the network's input; small ones are enlarged. If the recipe mixes
/// photos, the sheet mixes its own photos, and captions state the shares of the classes. A run has
/// other batches, so it mixes other photos.
public struct AugmentationSheet: Sendable {
  /// A photo of the sheet; rows are numbered from 1, from top to bottom.
  public struct Row: Hashable, Encodable, Sendable {
    /// The name of its class.
    public var label: String
    /// The path of the photo.
    public var path: String
  }

  /// The photos: the first readable ones of the first epoch.
  public let rows: [Row]
  /// The number of pictures in a row.
  public let columns: Int
  private let classes: [ClassLabel]
  /// One batch for each column; each holds the photos in the order of ``rows``.
  private let batches: [Batch]
  private let preprocessing: Preprocessing

  /// Decodes the photos and creates the pictures; their number depends on the resolution.
  ///
  /// - Parameters:
  ///   - configuration: The recipe, network and seed of the run.
  ///   - data: The photos; those for training are shown.
  ///   - pool: The threads that decode the photos.
  /// - Throws: ``DataError`` if no photo can be read.
  public init(_ configuration: RunConfiguration, data: DataSplit, pool: ThreadPool)
    throws(DataError)
  {
    let (photos, seed) = (data.training, configuration.seed)
    let training = InputPipeline(training: configuration)
    let use = InputPipeline(
      preprocessing: training.preprocessing, resolution: training.resolution)
    let side = Self.factor(training.resolution) * training.resolution
    let count = 1800 / side
    columns = min(max(count, 3), 8)
    func batch(of order: some Sequence<Int>, epoch: Int) throws(DataError) -> Batch? {
      let order = Array(order)
      return try BatchLoader(
        photos, order: order, batch: max(order.count, 1), input: epoch == 0 ? use : training,
        epoch: epoch, seed: seed, pool: pool, cache: nil
      ).next()
    }
    // Some photos may be unreadable, so each pass decodes only as many as are still missing.
    let most = min(max(count, 4), 8)
    let order = photos.order(epoch: 1, seed: seed)
    var rest = order.prefix(most + min(configuration.brokenLimit, order.count))
    var (readable, broken, first) = ([Int](), 0, "")
    while readable.count < most, !rest.isEmpty {
      let tried = rest.prefix(most - readable.count)
      rest = rest.dropFirst(tried.count)
      do {
        let found = try batch(of: tried, epoch: 0)?.samples ?? []
        readable += found
        broken += tried.count - found.count
      } catch .allBroken(let count, let reason) {
        if broken == 0 { first = reason }
        broken += count
      }
    }
    guard !readable.isEmpty else { throw .allBroken(count: broken, first: first) }
    var batches: [Batch] = []
    for epoch in 0..<columns {
      guard let batch = try batch(of: readable, epoch: epoch), batch.samples == readable
      else {
        throw .file(
          FileError(
            path: configuration.data, reason: "the photos changed while they were read; try again"))
      }
      batches.append(batch)
    }
    rows = readable.map { index in
      let sample = photos.samples[index]
      return Row(label: photos.classes[sample.label].name, path: sample.photo.path)
    }
    (self.batches, classes, preprocessing) = (batches, photos.classes, training.preprocessing)
  }

  /// The factor that enlarges pictures to about 160 pixels, as in reports.
  private static func factor(_ side: Int) -> Int { max(1, (160 + side / 2) / side) }

  /// Returns the sheet as one picture.
  public func picture() -> PixelBuffer {
    let factor = Self.factor(preprocessing.crop)
    let side = factor * preprocessing.crop
    let font = Font(size: max(14, side / 12))
    let gap = 4
    func sheet(_ pictures: [PixelBuffer], columns: Int) -> PixelBuffer {
      .sheet(of: pictures, columns: columns, gap: gap)
    }
    let head = sheet(
      (0..<columns).map { font.line($0 == 0 ? "not augmented" : "epoch \($0)", width: side) },
      columns: columns)
    var parts = [head]
    for (number, row) in rows.enumerated() {
      let file = row.path.split(separator: "/").last ?? ""
      let text = font.line(
        "\(number + 1). \(row.label) · \(file)", width: head.width - 2 * gap)
      parts.append(sheet([text], columns: 1))
      let pictures = batches.map { batch -> PixelBuffer in
        let picture = self.picture(number, of: batch).enlarged(by: factor)
        return .stack([picture] + captions(number, of: batch, font, width: side))
      }
      parts.append(sheet(pictures, columns: columns))
    }
    return PixelBuffer.stack(parts).titled(
      "Photos as training augments them", introduction: introduction, font: font, margin: gap)
  }

  private var introduction: String {
    let columns =
      "Each row is a photo: first as the network sees it when it classifies, then as training "
      + "changes it in each epoch."
    return isMixed ? columns + " Percentages are the shares of classes in mixed photos." : columns
  }

  /// Whether the recipe mixes photos.
  private var isMixed: Bool { batches.contains { $0.targets != nil } }

  /// Converts a photo of a batch from the network's input back to pixels.
  private func picture(_ number: Int, of batch: Batch) -> PixelBuffer {
    let shape = batch.images.shape
    let count = shape.h * shape.w * shape.c
    let bytes = batch.images.elements[(number * count)..<((number + 1) * count)].enumerated().map {
      let channel = $0.offset % 3
      let value = $0.element * preprocessing.std[channel] + preprocessing.mean[channel]
      return UInt8(min(max(value.rounded(), 0), 255))
    }
    return PixelBuffer(width: shape.w, height: shape.h, bytes: bytes)
  }

  /// The shares of the two largest classes in a mixed photo, the larger one first; two empty lines
  /// for the photo that is not augmented. Empty if no photo is mixed.
  private func captions(
    _ number: Int, of batch: Batch, _ font: Font, width: Int
  ) -> [PixelBuffer] {
    guard isMixed else { return [] }
    let shares = batch.targets?[(number * classes.count)..<((number + 1) * classes.count)] ?? []
    let largest = shares.enumerated().filter { $0.element >= 0.005 }
      .sorted { $0.element > $1.element }.prefix(2)
    var lines = largest.map { index, share in
      (name: classes[index].name, share: " \(Int((100 * share).rounded())) %")
    }
    while lines.count < 2 { lines.append(("", "")) }
    return lines.map { font.line($0.name, suffix: $0.share, width: width) }
  }
}
