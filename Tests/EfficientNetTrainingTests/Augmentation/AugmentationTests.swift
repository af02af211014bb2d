import EfficientNet
import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetTraining

@Suite("Augmentation") struct AugmentationTests {
  static let preprocessing = Preprocessing(
    resize: 40, crop: 32, interpolation: .bicubic, mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375])

  /// All augmentations together.
  static let all = Augmentation(
    crop: RandomResizedCrop(interpolation: .bilinear), flip: 0.5,
    jitter: ColorJitter(brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0.1),
    policy: .randAugment(operations: 2, magnitude: 9),
    erasing: RandomErasing(probability: 0.5, fill: .noise), mixing: Mixing(mixup: 0.2, cutmix: 1))

  static let cases = [all, .finetune, .efficientnet, Augmentation(), Augmentation(flip: 1)]

  private func shown(_ augmentation: Augmentation, _ photo: PixelBuffer, seed: UInt64)
    -> PixelBuffer
  {
    var generator = SeededGenerator(seed: seed)
    return augmentation.apply(
      to: photo, side: 32, fallback: Self.preprocessing, using: &generator)
  }

  @Test(arguments: cases, [(1, 1), (1, 1000), (1000, 1), (2, 3), (33, 31), (90, 70)])
  func anyPhotoBecomesTheSquare(augmentation: Augmentation, size: (Int, Int)) {
    let photo = noise(width: size.0, height: size.1, seed: 1)
    for seed in 0..<8 as Range<UInt64> {
      let picture = shown(augmentation, photo, seed: seed)
      #expect(picture.width == 32 && picture.height == 32)
    }
  }

  @Test func dependsOnTheSeedOnly() {
    let photo = noise(width: 90, height: 70, seed: 2)
    let expected = (0..<16).map { shown(Self.all, photo, seed: $0) }
    #expect(Set(expected.map(\.bytes)).count == 16)
    ThreadPool(threads: 4).forEach(count: 16) { index in
      #expect(shown(Self.all, photo, seed: UInt64(index)) == expected[index])
    }
  }

  /// The random numbers never change, so that a resumed run continues with the same pictures. If
  /// this test fails because of an intended change, runs with checkpoints of older versions do not
  /// continue identically: say so in the change log.
  @Test func resultsAreStable() {
    let photo = noise(width: 90, height: 70, seed: 2)
    let sums = Self.cases.map { augmentation in
      var sum: UInt64 = 0
      for seed in 0..<50 as Range<UInt64> {
        for byte in shown(augmentation, photo, seed: seed).bytes { sum = sum &* 31 &+ UInt64(byte) }
      }
      return sum
    }
    #expect(
      sums == [
        6144521605789651269,
        2051904948194550204,
        3613422210036817451,
        11678779089120687986,
        15330489072151330254,
      ])
  }

  @Test func withoutStepsItIsThePreprocessing() {
    let photo = noise(width: 90, height: 70, seed: 3)
    let expected = Self.preprocessing.picture(photo)
    #expect(shown(Augmentation(), photo, seed: 1) == expected)
    let flipped = shown(Augmentation(flip: 1), photo, seed: 1)
    #expect(flipped != expected)
    var back = flipped
    back.flipHorizontally()
    #expect(back == expected)
  }

  @Test func flipsWithTheGivenProbability() {
    let photo = noise(width: 50, height: 40, seed: 4)
    let same = Self.preprocessing.picture(photo)
    let flips = (0..<1000).count { shown(Augmentation(flip: 0.2), photo, seed: UInt64($0)) != same }
    // Five standard errors.
    #expect(abs(flips - 200) < 64)
  }

  @Test func fallbackNamesTheInterpolation() {
    let photo = noise(width: 90, height: 70, seed: 5)
    var bilinear = Augmentation.efficientnet
    bilinear.policy = nil
    let bicubic = shown(bilinear, photo, seed: 1)
    bilinear.crop?.interpolation = .bicubic
    #expect(shown(bilinear, photo, seed: 1) == bicubic)
    bilinear.crop?.interpolation = .bilinear
    #expect(shown(bilinear, photo, seed: 1) != bicubic)
  }

  @Test(arguments: cases) func survivesCoding(augmentation: Augmentation) throws {
    let data = try JSONEncoder().encode(augmentation)
    #expect(try JSONDecoder().decode(Augmentation.self, from: data) == augmentation)
  }

  @Test func emptyFieldsAreTheDefaults() throws {
    let json =
      #"{"crop": {}, "jitter": {}, "policy": {"autoAugment": {}}, "erasing": {}, "mixing": {}}"#
    let expected = Augmentation(
      crop: RandomResizedCrop(), jitter: ColorJitter(), policy: .autoAugment,
      erasing: RandomErasing(), mixing: Mixing())
    #expect(try JSONDecoder().decode(Augmentation.self, from: Data(json.utf8)) == expected)
  }

  @Test(arguments: [
    (#"{"crops": {}}"#, "crops"), (#"{"crop": {"areas": [0.1, 1]}}"#, "areas"),
    (#"{"crop": {"area": [0, 1]}}"#, "area"), (#"{"crop": {"area": [0.5, 1.1]}}"#, "area"),
    (#"{"crop": {"area": [0.5, 0.1]}}"#, ""), (#"{"crop": {"ratio": [0, 1]}}"#, "ratio"),
    (#"{"crop": {"interpolation": "cubic"}}"#, "cubic"), (#"{"flip": 1.5}"#, "flip"),
    (#"{"flip": -0.1}"#, "flip"), (#"{"jitter": {"gamma": 1}}"#, "gamma"),
    (#"{"jitter": {"brightness": -1}}"#, "brightness"), (#"{"jitter": {"hue": 0.6}}"#, "hue"),
    (#"{"jitter": {"contrast": 1e9}}"#, "contrast"), (#"{"policy": {}}"#, "autoAugment"),
    (#"{"policy": {"autoAugment": {"level": 1}}}"#, "level"),
    (#"{"policy": {"autoAugment": {}, "randAugment": {}}}"#, "autoAugment"),
    (#"{"policy": {"trivialAugment": {}}}"#, "trivialAugment"),
    (#"{"policy": {"randAugment": {"operations": 2}}}"#, ""),
    (#"{"policy": {"randAugment": {"operations": 17, "magnitude": 1}}}"#, "17"),
    (#"{"policy": {"randAugment": {"operations": 2, "magnitude": 11}}}"#, "11"),
    (#"{"policy": {"randAugment": {"operations": 2, "magnitude": 1, "p": 1}}}"#, "p"),
    (#"{"erasing": {"probability": 2}}"#, "probability"),
    (#"{"erasing": {"fill": "black"}}"#, "black"),
    (#"{"erasing": {"area": [0.1, 2]}}"#, "area"), (#"{"erasing": {"value": 1}}"#, "value"),
    (#"{"mixing": {"mixup": 0}}"#, "mixup"), (#"{"mixing": {"cutmix": -1}}"#, "cutmix"),
    (#"{"mixing": {"alpha": 1}}"#, "alpha"),
  ])
  func refusesInvalidValues(json: String, word: String) {
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Augmentation.self, from: Data(json.utf8))
    }
    #expect(
      error.map { "\($0)".contains(word) || word.isEmpty } == true, "\(String(describing: error))")
  }
}
