internal import EfficientNet
public import EfficientNetCompute
internal import EfficientNetImages
internal import EfficientNetReports

/// What training makes of some photos: a picture with a row for each, first as the network sees it in use, then as it does
/// in epochs 1, 2, …
///
///     let sheet = try AugmentationSheet(configuration, data: split, pool: pool)
///     let png = try sheet.picture().png()
///
/// These are the pixels that the network is given, enlarged where they are few. Where the recipe mixes photos, it mixes those of the
/// sheet, since the batches of a run have others; the shares are written below.
public struct AugmentationSheet: Sendable {
  /// A photo of the sheet, numbered from 1 on from top to bottom.
  public struct Row: Hashable, Encodable, Sendable {
    /// The name of its class.
    public var label: String
    /// Where it is.
    public var path: String
  }

  /// The photos: the first ones of the first epoch that can be read.
  public let rows: [Row]
  /// Pictures in a row.
  public let columns: Int
  private let classes: [ClassLabel]
  /// The pictures column by column, as batches that hold the photos in the order of ``rows``.
  private let batches: [Batch]
  private let preprocessing: Preprocessing

  /// Makes the pictures; their number depends on the resolution.
  ///
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
    // Some of them may be broken: only as many are decoded at a time as are wanted still.
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
          FileError(path: configuration.data, reason: "its photos change while they are read"))
      }
      batches.append(batch)
    }
    rows = readable.map { index in
      let sample = photos.samples[index]
      return Row(label: photos.classes[sample.label].name, path: sample.photo.path)
    }
    (self.batches, classes, preprocessing) = (batches, photos.classes, training.preprocessing)
  }

  /// By how much pictures are enlarged: to 160 pixels or so, as in reports.
  private static func factor(_ side: Int) -> Int { max(1, (160 + side / 2) / side) }

  /// The sheet.
  public func picture() -> PixelBuffer {
    let factor = Self.factor(preprocessing.crop)
    let side = factor * preprocessing.crop
    // Gray, so that photos on white have edges.
    let font = Font(size: max(14, side / 12), background: 224)
    let gap = 4
    func sheet(_ pictures: [PixelBuffer], columns: Int) -> PixelBuffer {
      .sheet(of: pictures, columns: columns, gap: gap, background: font.background)
    }
    let head = sheet(
      (0..<columns).map { font.line($0 == 0 ? "in use" : "epoch \($0)", width: side) },
      columns: columns)
    var parts = [head]
    for (number, row) in rows.enumerated() {
      let text = font.line("\(number + 1). \(row.label)", width: head.width - 2 * gap)
      parts.append(sheet([text], columns: 1))
      let pictures = batches.map { batch -> PixelBuffer in
        let picture = self.picture(number, of: batch).enlarged(by: factor)
        return .stack([picture] + captions(number, of: batch, font, width: side))
      }
      parts.append(sheet(pictures, columns: columns))
    }
    return .stack(parts)
  }

  /// A photo of a batch, in pixels again.
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

  /// The shares of the classes in a mixed photo, the larger one first; of one in use two empty lines. Nothing if no photo
  /// is mixed.
  private func captions(
    _ number: Int, of batch: Batch, _ font: Font, width: Int
  ) -> [PixelBuffer] {
    guard batches.contains(where: { $0.targets != nil }) else { return [] }
    let shares = batch.targets?[(number * classes.count)..<((number + 1) * classes.count)] ?? []
    let largest = shares.enumerated().filter { $0.element >= 0.005 }
      .sorted { $0.element > $1.element }.prefix(2)
    var lines = largest.map { index, share in
      (name: classes[index].name, share: " \(Int((100 * share).rounded()))%")
    }
    while lines.count < 2 { lines.append(("", "")) }
    return lines.map { font.line($0.name, suffix: $0.share, width: width) }
  }
}
