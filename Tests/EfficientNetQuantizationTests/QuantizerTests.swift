import EfficientNet
import EfficientNetCompute
import EfficientNetTestSupport
import Testing

@testable import EfficientNetQuantization

@Suite("Quantizer")
struct QuantizerTests {
  /// Blocks with squeeze-and-excitation, ReLU6 and no squeeze, fused blocks, the article's blocks,
  /// and averaged skips, all for color photos.
  private static let networks = Architecture.tiny.map { architecture in
    var architecture = architecture
    architecture.inputChannels = 3
    return architecture
  }

  /// A photo with large and small structures.
  private func photo(_ index: Int) -> PixelBuffer {
    let (width, height) = (40 + index, 44)
    let tones = Formula.unit("tones \(index)", count: 3 * 16)
    let noise = Formula.unit("noise \(index)", count: 3 * width * height)
    let bytes = noise.indices.map { place in
      let (x, y) = (place / 3 % width * 4 / width, place / 3 / width * 4 / height)
      return UInt8(128 + 90 * tones[3 * (4 * y + x) + place % 3] + 30 * noise[place])
    }
    return PixelBuffer(width: width, height: height, bytes: bytes)
  }

  private func quantized(
    _ model: Model, threads: Int = 1, photos: Int = 6,
    options: Quantizer.Options = Quantizer.Options()
  ) throws -> Model {
    try Quantizer(model, pool: ThreadPool(threads: threads), options: options)
      .quantize(calibratingWith: photos) { photo($0) }
  }

  @Test("the rounded network is close to the original", arguments: networks)
  func closeness(architecture: Architecture) throws {
    let model = try Formula.model(architecture)
    let int8 = try quantized(model)
    // A checked model: codes where they belong.
    _ = try Model(int8.description, weights: int8.weights)
    let quantization = try #require(int8.description.quantization)
    #expect(quantization.complaint(for: architecture) == nil)
    #expect(quantization.calibration == "6 photos, ranges by mse")
    var shown: [Int] = []
    let report = try QuantizationReport(
      of: model, rounded: int8, photos: 4, photo: { (photo(10 + $0), $0 < 3 ? 0 : nil) },
      pool: ThreadPool(threads: 2), show: { shown.append($0) })
    #expect(shown == [0, 1, 2, 3])
    #expect(report.photos == 4 && report.labelled == 3 && 0...4 ~= report.agreeing)
    #expect(0...3 ~= report.rightBefore && 0...3 ~= report.rightAfter)
    #expect(report.divergence >= 0 && report.divergence < 0.5)
    let blocks = architecture.stages.enumerated().flatMap { index, stage in
      (0..<stage.repeats).map { "blocks.\(index).\($0)" }
    }
    // The stem and the blocks, in order.
    #expect(
      report.blocks.map { block in
        block.layer.split(separator: ".").prefix(3).joined(separator: ".")
      } == ["conv_stem"] + blocks)
    #expect(report.blocks.allSatisfy { 6..<80 ~= $0.signalToNoise })
  }

  @Test("sigmoids are compared class by class, and have no accuracy")
  func sigmoids() throws {
    var architecture = Self.networks[0]
    architecture.classes = 1
    var model = try Formula.model(architecture)
    model.description.output = .sigmoid
    model.weights.tensors["classifier.bias"] = WeightTensor(shape: [1], elements: [90])
    var int8 = try quantized(model, photos: 2)
    func report() throws -> QuantizationReport {
      try QuantizationReport(
        of: model, rounded: int8, photos: 2, photo: { (photo($0), 0) },
        pool: ThreadPool(threads: 1))
    }
    let equal = try report()
    #expect(equal.agreeing == 2 && equal.divergence < 1e-6 && equal.labelled == 0)
    int8.weights.tensors["classifier.bias"] = WeightTensor(shape: [1], elements: [-90])
    let other = try report()
    #expect(other.agreeing == 0 && other.divergence > 20)
  }

  @Test("the same photos give the same bits for any number of threads, with and without options")
  func deterministic() throws {
    let model = try Formula.model(Self.networks[0])
    var plain = Quantizer.Options()
    (plain.ranges, plain.clipsWeights, plain.correctsBiases) = (.minMax, false, false)
    for options in [Quantizer.Options(), plain] {
      let (one, two) = (
        try quantized(model, options: options), try quantized(model, threads: 2, options: options)
      )
      #expect(one.description == two.description)
      #expect(one.weights.names == two.weights.names)
      for (name, tensor) in one.weights.tensors {
        let other = try #require(two.weights.tensors[name])
        #expect(tensor.elements == other.elements && tensor.scales == other.scales, "\(name)")
      }
      // Only weights with codes and, to correct them, biases differ from the original.
      let coded = Set(Graph(model.description.architecture).weightsWithCodes())
      #expect(Set(one.weights.names.filter { one.weights.tensors[$0]?.scales != nil }) == coded)
      for (name, tensor) in one.weights.tensors where !coded.contains(name) {
        let isSame = tensor.elements == model.weights.tensors[name]?.elements
        #expect(isSame || options.correctsBiases && name.hasSuffix(".bias"), "\(name)")
      }
    }
  }

  @Test("a quantized network, no photos and maps that are not finite are refused")
  func refusals() throws {
    func kind(_ body: () throws -> Void) -> String? {
      #expect(throws: QuantizationError.self, performing: body)?.kind
    }
    let pool = ThreadPool(threads: 1)
    var model = try Formula.model(Self.networks[0])
    #expect(
      kind { _ = try Quantizer(Formula.int8Model(Self.networks[0]), pool: pool) } == "isQuantized")
    #expect(kind { _ = try quantized(model, photos: 0) } == "noPhotos")
    let bias = try #require(model.weights.tensors["bn1.bias"])
    model.weights.tensors["bn1.bias"] = WeightTensor(
      shape: bias.shape, elements: Array(repeating: 3e38, count: bias.count))
    let error = #expect(throws: QuantizationError.self) { try quantized(model) }
    // The first such map, not one that it damages.
    #expect(
      error?.description
        == "the formula: the outputs of the layer blocks.0.0.conv_dw are not finite numbers; are the "
        + "weights damaged?")
  }

  @Test("a remark says if int8 is not smaller or not faster")
  func cost() {
    func remark(_ bytes: Int, _ after: Double) -> String? {
      QuantizationCost(
        bytesBefore: 4_000_000, bytes: bytes, before: 2, after: after, threads: 1
      ).remark
    }
    #expect(remark(3_999_999, 1.99) == nil)
    #expect(
      remark(4_000_000, 1)
        == "int8 does not make this network smaller (4.00 MB, before 4.00 MB)")
    #expect(
      remark(5_000_000, 3)
        == "int8 does not make this network smaller (5.00 MB, before 4.00 MB) or faster on this "
        + "machine (3.00 ms for a photo, before 2.00 ms)")
  }

  @Test("an error of a photo, and of the progress, ends the work")
  func errors() throws {
    struct Failure: Error {}
    let quantizer = try Quantizer(
      Formula.model(Self.networks[0]), pool: ThreadPool(threads: 1))
    #expect(throws: Failure.self) {
      try quantizer.quantize(calibratingWith: 2) { _ in throw Failure() }
    }
    #expect(throws: Failure.self) {
      try quantizer.quantize(calibratingWith: 2, photo: { photo($0) }) { _ in throw Failure() }
    }
  }
}
