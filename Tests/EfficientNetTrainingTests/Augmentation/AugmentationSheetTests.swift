import EfficientNet
import EfficientNetCompute
import EfficientNetImages
import EfficientNetReports
import Foundation
import Testing

@testable import EfficientNetTraining

@Suite("Augmentation sheet") struct AugmentationSheetTests {
  private func sheet(
    _ photos: String, threads: Int = 2, _ change: (inout RunConfiguration) -> Void = { _ in }
  ) throws -> (AugmentationSheet, DataSplit, RunConfiguration) {
    let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
    var configuration = ColoredPhotos.configuration(photos, data)
    configuration.photoSide = 26
    change(&configuration)
    let sheet = try AugmentationSheet(
      configuration, data: data, pool: ThreadPool(threads: threads))
    return (sheet, data, configuration)
  }

  /// Returns a square part of a picture.
  private func part(_ picture: PixelBuffer, left: Int, top: Int, side: Int) -> PixelBuffer {
    let bytes = (top..<(top + side)).flatMap { row in
      let start = 3 * (row * picture.width + left)
      return picture.bytes[start..<(start + 3 * side)]
    }
    return PixelBuffer(width: side, height: side, bytes: bytes)
  }

  /// Eight columns of pictures of 24 pixels, enlarged seven times: each is the picture that the
  /// network gets in that epoch.
  @Test func showsTheInputOfTheNetwork() throws {
    try ColoredPhotos.with { photos, _ in
      let (sheet, data, configuration) = try sheet(photos)
      let picture = sheet.picture()
      #expect(try self.sheet(photos, threads: 3).0.picture() == picture)
      #expect(sheet.columns == 8 && sheet.rows.count == 8)
      let (side, gap, line) = (168, 4, 21)
      let row = line + 2 * gap + side + 2 * gap
      #expect(picture.width == gap + 8 * (side + gap))
      // The title and the introduction are above the heads of the columns.
      let head = picture.height - (line + 2 * gap + 8 * row)
      #expect(head >= gap + 25 + line && head <= gap + 25 + 3 * line)
      let samples = data.training.order(epoch: 1, seed: 3).prefix(8)
      #expect(sheet.rows.map(\.path) == samples.map { data.training.samples[$0].photo.path })
      for (number, sample) in samples.enumerated() {
        let photo = try data.training.samples[sample].photo.decoded()
        let top = head + line + 2 * gap + number * row + line + 2 * gap + gap
        for epoch in 0..<8 {
          var generator = SeededGenerator(seed: 3, for: .augmentation, epoch, sample)
          let expected =
            epoch == 0
            ? configuration.model.preprocessing.picture(photo)
            : configuration.recipe.augmentation.apply(
              to: photo.shrunk(to: 26), side: 24, fallback: configuration.model.preprocessing,
              using: &generator)
          let shown = part(picture, left: gap + epoch * (side + gap), top: top, side: side)
          #expect(shown == expected.enlarged(by: 7), "\(number), \(epoch)")
        }
      }
    }
  }

  @Test func mixedPhotosHaveTwoLinesMore() throws {
    try ColoredPhotos.with { photos, _ in
      let plain = try sheet(photos).0.picture()
      let mixed = try sheet(photos) {
        $0.recipe.augmentation.mixing = Mixing(mixup: 1, cutmix: 1)
      }.0.picture()
      // The introduction has a sentence more, which may need a line.
      let added = mixed.height - plain.height - 8 * 2 * 21
      #expect(mixed.width == plain.width && (added == 0 || added == 21))
    }
  }

  @Test func fewPhotosAndBrokenOnes() throws {
    try ColoredPhotos.with { photos, _ in
      let whole = try sheet(photos).0.rows
      try Data("no photo".utf8).write(to: URL(filePath: whole[0].path))
      let rows = try sheet(photos).0.rows
      #expect(rows.count == 8 && rows.prefix(7) == whole.dropFirst())
      for row in whole { try Data("no photo".utf8).write(to: URL(filePath: row.path)) }
      // The sheet looks at nine photos: eight, and one more because one may be broken.
      #expect(try sheet(photos).0.rows.count == 1)
      #expect(try sheet(photos) { $0.brokenLimit = .max }.0.rows.count == 8)
      #expect(throws: DataError.self) { try sheet(photos) { $0.brokenLimit = 0 } }
    }
  }
}
