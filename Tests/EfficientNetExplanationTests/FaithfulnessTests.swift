import EfficientNet
import EfficientNetCompute
import EfficientNetTestSupport
import Testing

@testable import EfficientNetExplanation

@Suite("Faithfulness") struct FaithfulnessTests {
  @Test func area() {
    #expect(FaithfulnessMeter.Curve(probabilities: [1, 0.5, 0]).area == 0.5)
    #expect(FaithfulnessMeter.Curve(probabilities: [1, 0, 0, 0, 0]).area == 0.125)
    #expect(FaithfulnessMeter.Curve(probabilities: [0.5, 0.5]).area == 0.5)
  }

  /// Curves start and end with the probabilities of whole images; pixels with the highest map
  /// values go first.
  @Test func curves() throws {
    let model = try Formula.model(Architecture.tiny[0])
    let pool = ThreadPool(threads: 2)
    let input = Formula.images(Shape(n: 1, h: 33, w: 33, c: 3))
    let meter = try FaithfulnessMeter(model, pool: pool, steps: 7)
    let engine = try Engine(model.description.architecture, weights: model.weights)
    var session = engine.makeSession(pool: pool)
    func probability(_ input: Tensor) -> Double {
      Prediction.best(17, of: session.run(input).elements, labels: model.description.classes)
        .first { $0.index == 3 }?.probability ?? 0
    }
    let map = ActivationMap(width: 33, height: 33, values: (0..<33 * 33).map { -Float($0) })
    let curves = meter.measure([map], of: input, index: 3)[0]
    #expect(curves.deletion.probabilities.count == 8)
    #expect(curves.deletion.probabilities.first == probability(input))
    #expect(curves.deletion.probabilities.last == probability(Tensor(shape: input.shape)))
    #expect(curves.insertion.probabilities.first == probability(input.blurred(sigma: 5 * 33 / 224)))
    #expect(curves.insertion.probabilities.last == probability(input))
    // After two of seven steps, the upper pixels are deleted.
    var half = input
    for pixel in 0..<33 * 33 * 2 / 7 { for c in 0..<3 { half.elements[3 * pixel + c] = 0 } }
    #expect(curves.deletion.probabilities[2] == probability(half))
    // A map and a multiple of it have the same curves.
    let double = ActivationMap(width: 33, height: 33, values: map.values.map { 2 * $0 })
    #expect(meter.measure([double, map], of: input, index: 3) == [curves, curves])
  }

  /// Curves with these areas, one for each photo.
  private func curves(
    _ photos: Int, deletion: (Int) -> Double, insertion: (Int) -> Double
  ) -> [FaithfulnessMeter.Curves] {
    (0..<photos).map { photo in
      FaithfulnessMeter.Curves(
        deletion: FaithfulnessMeter.Curve(probabilities: [deletion(photo), deletion(photo)]),
        insertion: FaithfulnessMeter.Curve(
          probabilities: [insertion(photo), insertion(photo)]))
    }
  }

  private func verdict(
    _ photos: Int, deletion: @escaping (Int) -> Double, insertion: @escaping (Int) -> Double,
    name: String = "center"
  ) -> [String] {
    // The photos differ more than the maps of a photo.
    func photo(_ number: Int) -> Double { 0.2 + 0.01 * Double(number % 40) }
    let other = curves(photos, deletion: photo, insertion: photo)
    let method = curves(
      photos, deletion: { photo($0) + deletion($0) }, insertion: { photo($0) + insertion($0) })
    return FaithfulnessScore.verdict(
      [
        FaithfulnessScore("cam", method, method: nil),
        FaithfulnessScore(name, other, method: method),
      ], photos: photos)
  }

  @Test func verdicts() {
    let noise = { (photo: Int) in photo.isMultiple(of: 2) ? 0.01 : -0.01 }
    #expect(
      verdict(40, deletion: { -0.01 + noise($0) }, insertion: { 0.01 + noise($0) })
        == ["on 40 photos, cam is better than center in deletion and insertion"])
    #expect(
      verdict(40, deletion: noise, insertion: { 0.01 + noise($0) }, name: "random")
        == [
          "on 40 photos, cam is not significantly different from random in deletion and better than "
            + "it in insertion"
        ])
    let aimless = ": here it tells no more than a fixed map of the middle; try another --method"
    #expect(
      verdict(40, deletion: { 0.01 + noise($0) }, insertion: { -0.01 + noise($0) })
        == ["on 40 photos, cam is worse than center in deletion and insertion" + aimless])
    #expect(
      verdict(40, deletion: noise, insertion: noise)
        == [
          "on 40 photos, cam is not significantly different from center in deletion and insertion: "
            + "whether it tells more than a fixed map of the middle cannot be told; use more photos"
        ])
    #expect(
      verdict(29, deletion: { _ in -0.1 }, insertion: { _ in 0.1 })
        == ["29 photos are too few to say which map is better; use 30 or more"])
  }

  @Test func ties() {
    let other = curves(4, deletion: { _ in 0.5 }, insertion: { _ in 0.5 })
    let method = curves(4, deletion: { [0.4, 0.5, 0.5, 0.6][$0] }, insertion: { _ in 0.5 })
    let score = FaithfulnessScore("random", other, method: method)
    #expect(score.deletionWins?.better == 1 && score.deletionWins?.worse == 1)
    #expect(score.deletionWins?.tied == 2 && score.methodDeletesBetter == 0.5)
    #expect(score.insertionWins?.tied == 4 && score.methodInsertsBetter == nil)
  }

  @Test func blur() {
    let flat = Tensor(shape: Shape(n: 1, h: 9, w: 12, c: 3), repeating: 2)
    #expect(flat.blurred(sigma: 1.5).elements.allSatisfy { abs($0 - 2) < 1e-5 })
    var point = Tensor(shape: Shape(n: 1, h: 15, w: 15, c: 1))
    point[n: 0, h: 7, w: 7, c: 0] = 1
    let blurred = point.blurred(sigma: 1)
    #expect(abs(blurred.elements.reduce(0, +) - 1) < 1e-5)
    // A Gaussian's value in the middle is √e times its value one pixel beside it.
    let ratio = blurred[n: 0, h: 7, w: 7, c: 0] / blurred[n: 0, h: 8, w: 7, c: 0]
    #expect(abs(ratio - 1.6487) < 1e-3)
    #expect(blurred[n: 0, h: 6, w: 7, c: 0] == blurred[n: 0, h: 7, w: 8, c: 0])
  }
}
