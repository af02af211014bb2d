import EfficientNetCompute
import Testing

@testable import EfficientNetTraining

@Suite("Policies") struct PolicyTests {
  private let photo = noise(width: 40, height: 30, seed: 1)

  @Test func autoAugmentHas25Pairs() {
    #expect(Policy.pairs.count == 25)
    for pair in Policy.pairs {
      #expect(pair.count == 2)
      for step in pair {
        #expect(0...1 ~= step.probability && 0...10 ~= step.level)
      }
    }
    // The paper's table has five of its pairs twice.
    #expect(Set(Policy.pairs.map { "\($0)" }).count == 20)
  }

  private func applied(
    _ operation: PolicyOperation, level: Double, ranges: PolicyOperation.Ranges = .randAugment,
    seed: UInt64 = 1
  ) -> PixelBuffer {
    var (picture, generator) = (photo, SeededGenerator(seed: seed))
    operation.apply(to: &picture, level: level, ranges: ranges, using: &generator)
    return picture
  }

  private func changed(_ change: (inout PixelBuffer) -> Void) -> PixelBuffer {
    var picture = photo
    change(&picture)
    return picture
  }

  /// The official code's table of levels, computed by hand.
  @Test func levels() {
    #expect(applied(.posterize, level: 9) == changed { $0.posterize(bits: 3) })
    #expect(applied(.posterize, level: 1) == changed { $0.posterize(bits: 1) })
    #expect(
      applied(.posterize, level: 8, ranges: .autoAugment) == changed { $0.posterize(bits: 7) })
    #expect(
      applied(.posterize, level: 10, ranges: .autoAugment) == photo)
    #expect(applied(.solarize, level: 5) == changed { $0.solarize(threshold: 128) })
    #expect(applied(.solarize, level: 7) == changed { $0.solarize(threshold: 179) })
    #expect(applied(.solarize, level: 10) == photo)
    #expect(applied(.solarizeAdd, level: 3) == changed { $0.solarize(adding: 33) })
    #expect(applied(.color, level: 0) == changed { $0.adjustSaturation(factor: 0.1) })
    #expect(applied(.contrast, level: 10) == changed { $0.adjustContrast(factor: 1.9) })
    #expect(applied(.brightness, level: 5) == photo)
    #expect(
      applied(.sharpness, level: 8) == changed { $0.adjustSharpness(factor: 8 / 10.0 * 1.8 + 0.1) })
    #expect(applied(.invert, level: 3) == changed { $0.invert() })
    #expect(applied(.autocontrast, level: 3) == changed { $0.autocontrast() })
    #expect(applied(.equalize, level: 3) == changed { $0.equalize() })
  }

  /// Half of the draws go in one direction, half in the other.
  @Test func directions() {
    let way = 100.0 / 224
    let pairs: [(PolicyOperation, PixelBuffer, PixelBuffer)] = [
      (.rotate, photo.rotated(degrees: 27), photo.rotated(degrees: -27)),
      (.shearX, photo.sheared(x: 0.27), photo.sheared(x: -0.27)),
      (.shearY, photo.sheared(y: 0.27), photo.sheared(y: -0.27)),
      (
        .translateX, photo.translated(x: 0.9 * way * 40, y: 0),
        photo.translated(x: -0.9 * way * 40, y: 0)
      ),
      (
        .translateY, photo.translated(x: 0, y: 0.9 * way * 30),
        photo.translated(x: 0, y: -0.9 * way * 30)
      ),
    ]
    for (operation, one, other) in pairs {
      let results = (0..<64).map { applied(operation, level: 9, seed: $0) }
      #expect(results.allSatisfy { $0 == one || $0 == other }, "\(operation)")
      #expect(one != other)
      // Six standard errors from the middle.
      #expect(8...56 ~= results.count { $0 == one }, "\(operation)")
    }
  }

  @Test func cutoutHidesASquare() {
    for seed in 0..<20 as Range<UInt64> {
      let picture = applied(.cutout, level: 10, seed: seed)
      let gray = stride(from: 0, to: picture.bytes.count, by: 3).count {
        picture.bytes[$0..<($0 + 3)] == [128, 128, 128]
      }
      // Reach ⌊40 / 224 · 30⌋ = 5: at most 10×10, at least a quarter of it in a corner.
      #expect(25...101 ~= gray)
    }
  }

  @Test func magnitudeAndNumberMatter() {
    func result(_ policy: Policy) -> [PixelBuffer] {
      (0..<30).map { seed in
        var (picture, generator) = (photo, SeededGenerator(seed: UInt64(seed)))
        policy.apply(to: &picture, using: &generator)
        return picture
      }
    }
    #expect(result(.randAugment(operations: 0, magnitude: 9)).allSatisfy { $0 == photo })
    let one = result(.randAugment(operations: 1, magnitude: 9))
    #expect(one.count { $0 != photo } > 20)
    #expect(one == result(.randAugment(operations: 1, magnitude: 9)))
    #expect(one != result(.randAugment(operations: 1, magnitude: 2)))
    #expect(one != result(.randAugment(operations: 2, magnitude: 9)))
    #expect(result(.autoAugment).count { $0 != photo } > 20)
  }

  /// No operation depends on a neighboring pixel or changes the size.
  @Test(arguments: PolicyOperation.allCases, [(1, 1), (1, 50), (50, 1), (2, 2), (3, 3)])
  func smallPictures(operation: PolicyOperation, size: (Int, Int)) {
    for level in 0...10 {
      var picture = noise(width: size.0, height: size.1, seed: UInt32(level))
      var generator = SeededGenerator(seed: UInt64(level))
      operation.apply(
        to: &picture, level: Double(level), ranges: .randAugment, using: &generator)
      #expect(picture.width == size.0 && picture.height == size.1)
      #expect(picture.bytes.count == 3 * size.0 * size.1)
    }
  }
}
