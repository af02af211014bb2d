import EfficientNetCompute
import Testing

@testable import EfficientNetTraining

@Suite("Mixing") struct MixingTests {
  private static let side = 16

  /// Image i has the value i + 1 everywhere, so that each pixel shows its image.
  private static func batch(_ count: Int) -> Batch {
    let pixels = side * side * 3
    return Batch(
      images: Tensor(
        shape: Shape(n: count, h: side, w: side, c: 3),
        elements: (0..<(count * pixels)).map { Float($0 / pixels + 1) }),
      labels: Array(0..<count), samples: Array(0..<count))
  }

  private static func mixed(_ mixing: Mixing, count: Int = 6, seed: UInt64) -> Batch {
    var (batch, generator) = (batch(count), SeededGenerator(seed: seed))
    mixing.mix(&batch, classes: count + 2, using: &generator)
    return batch
  }

  /// The share of each class in the target is its image's share of the pixels, and all shares sum
  /// to 1.
  @Test(arguments: [
    Mixing(mixup: 0.2), Mixing(mixup: 4), Mixing(cutmix: 0.5), Mixing(cutmix: 1),
    Mixing(mixup: 1, cutmix: 1),
  ])
  func targetsMatchThePixels(mixing: Mixing) throws {
    for seed in 0..<40 as Range<UInt64> {
      let mixed = Self.mixed(mixing, seed: seed)
      let targets = try #require(mixed.targets)
      #expect(targets.count == 6 * 8)
      #expect(mixed.labels == Array(0..<6))
      let pixels = Self.side * Self.side * 3
      for image in 0..<6 {
        let row = targets[(image * 8)..<(image * 8 + 8)]
        // The values are sums of two floats.
        #expect(abs(row.reduce(0, +) - 1) < 1e-6)
        #expect(row.allSatisfy { 0...1 ~= $0 })
        let expected = row.enumerated().reduce(0.0) { sum, share in
          sum + Double(share.element) * Double(share.offset + 1)
        }
        let shown = mixed.images.elements[(image * pixels)..<((image + 1) * pixels)]
        let mean = shown.reduce(0.0) { sum, value in sum + Double(value) } / Double(pixels)
        #expect(abs(mean - expected) < 1e-5, "image \(image) of seed \(seed)")
      }
    }
  }

  @Test func cutmixPutsInARectangle() {
    for seed in 0..<40 as Range<UInt64> {
      let mixed = Self.mixed(Mixing(cutmix: 1), seed: seed)
      let side = Self.side
      for image in 0..<6 {
        let others = (0..<(side * side)).filter {
          mixed.images[n: image, h: $0 / side, w: $0 % side, c: 0] != Float(image + 1)
        }
        let (columns, rows) = (Set(others.map { $0 % side }), Set(others.map { $0 / side }))
        #expect(columns.count * rows.count == others.count)
        let values = Set(mixed.images.elements[(image * 768)..<(image * 768 + 768)])
        #expect(values.count <= 2 && values.allSatisfy { $0 == $0.rounded() })
      }
    }
  }

  /// A box at the edge is cut, so its true area counts; in the middle, its area is that of λ, to
  /// whole pixels.
  @Test func boxes() {
    var generator = SeededGenerator(seed: 6)
    var (whole, cut) = (0, 0)
    for _ in 0..<500 {
      let box = Mixing.box(share: 0.75, width: 100, height: 60, using: &generator)
      #expect(box.columns.lowerBound >= 0 && box.columns.upperBound <= 100)
      #expect(box.rows.lowerBound >= 0 && box.rows.upperBound <= 60)
      #expect(box.columns.count <= 50 && box.rows.count <= 30)
      if box.columns.count == 50, box.rows.count == 30 { whole += 1 } else { cut += 1 }
    }
    #expect(whole > 50 && cut > 50)
    let nothing = Mixing.box(share: 1, width: 10, height: 10, using: &generator)
    #expect(nothing.columns.isEmpty && nothing.rows.isEmpty)
  }

  @Test func bothTakeTurns() {
    let cutmixes = (0..<100).count { seed in
      Self.mixed(Mixing(mixup: 1, cutmix: 1), seed: UInt64(seed)).images.elements
        .allSatisfy { $0 == $0.rounded() }
    }
    #expect(25...75 ~= cutmixes)
  }

  @Test func withoutAlphasNothingIsMixed() {
    let mixed = Self.mixed(Mixing(), seed: 1)
    #expect(mixed.targets == nil && mixed.images == Self.batch(6).images)
  }

  /// The last batch of an epoch may be a single image, which is mixed with itself.
  @Test(arguments: [Mixing(mixup: 1), Mixing(cutmix: 1)])
  func singleImage(mixing: Mixing) throws {
    let mixed = Self.mixed(mixing, count: 1, seed: 2)
    #expect(relative(mixed.images.elements, Self.batch(1).images.elements) < 1e-6)
    #expect(try relative(#require(mixed.targets), [1, 0, 0]) < 1e-6)
  }

  @Test func mixesTargetsOn() throws {
    var batch = Self.batch(2)
    batch.targets = [0.5, 0.5, 0, 0, 0, 1]
    var generator = SeededGenerator(seed: 3)
    Mixing(mixup: 5).mix(&batch, classes: 3, using: &generator)
    let targets = try #require(batch.targets)
    #expect(abs(targets[0] - targets[1]) < 1e-6)
    #expect(abs(targets.reduce(0, +) - 2) < 1e-6)
  }

  @Test func sameSeedSameBatch() {
    for mixing in [Mixing(mixup: 0.2), Mixing(cutmix: 1)] {
      let (one, other) = (Self.mixed(mixing, seed: 8), Self.mixed(mixing, seed: 8))
      #expect(one.images == other.images && one.targets == other.targets)
      #expect(one.images != Self.mixed(mixing, seed: 9).images)
    }
  }

  private func relative(_ values: [Float], _ expected: [Float]) -> Float {
    var largest: Float = 0
    for (value, expected) in zip(values, expected) { largest = max(largest, abs(value - expected)) }
    return largest
  }
}
