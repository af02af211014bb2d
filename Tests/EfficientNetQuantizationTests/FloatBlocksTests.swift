import EfficientNet
import EfficientNetCompute
import EfficientNetTestSupport
import Testing

@testable import EfficientNetQuantization

@Suite("Blocks of an int8 network that go back to floats")
struct FloatBlocksTests {
  private let model: Model
  private let rounded: Model
  private let photos = (0..<4).map { index in
    PixelBuffer(
      width: 40, height: 44,
      bytes: Formula.unit("photo \(index)", count: 3 * 40 * 44).map { UInt8(128 + 127 * $0) })
  }

  init() throws {
    model = try Formula.model(.tiny[0])
    let (photos, pool) = (photos, ThreadPool(threads: 2))
    rounded = try Quantizer(model, pool: pool).quantize(calibratingWith: 4) { photos[$0] }
  }

  private func blocks(
    threads: Int = 1, show: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> FloatBlocks {
    try FloatBlocks(
      of: model, rounded: rounded, photos: photos.count, photo: { photos[$0] },
      pool: ThreadPool(threads: threads), show: show)
  }

  private func report(_ mixed: Model) throws -> QuantizationReport {
    try QuantizationReport(
      of: model, rounded: mixed, photos: photos.count, photo: { (photos[$0], nil) },
      pool: ThreadPool(threads: 1))
  }

  @Test("the order is that of the divergences, and does not depend on the threads")
  func order() throws {
    var shown: [Int] = []
    let blocks = try blocks { done, _ in shown.append(done) }
    let names = model.description.architecture.roundedNames
    #expect(shown == Array(0...names.count))
    #expect(blocks.order.map(\.block).sorted() == names.sorted())
    let divergences = blocks.order.map(\.divergence)
    #expect(divergences == divergences.sorted(by: >) && (divergences.first ?? 0) > 0)
    #expect(try self.blocks(threads: 2).order == blocks.order)
  }

  @Test("blocks in floats have the original weights, and the others those of the int8 network")
  func mixing() throws {
    let blocks = try blocks()
    for count in [0, 1, 3, blocks.order.count] {
      let mixed = try blocks.model(inFloats: count)
      let floats = try #require(mixed.description.quantization?.floats)
      #expect(Set(floats) == Set(blocks.order.prefix(count).map(\.block)))
      // In order of computation, so that the file does not depend on the order of the divergences.
      #expect(floats == model.description.architecture.roundedNames.filter(floats.contains))
      let parts = floats.map { "\($0)." } + (floats.contains("conv_head") ? ["bn2."] : [])
      for (name, tensor) in mixed.weights.tensors {
        let isFloat = parts.contains { name.hasPrefix($0) }
        let source = isFloat ? model : rounded
        #expect(tensor.elements == source.weights.tensors[name]?.elements, "\(name)")
        #expect(tensor.scales == source.weights.tensors[name]?.scales, "\(name)")
      }
    }
    let none = try blocks.model(inFloats: 0)
    #expect(none.description == rounded.description)
    let all = try report(blocks.model(inFloats: blocks.order.count))
    #expect(all.divergence == 0 && all.agreeing == all.photos && all.drop == 0)
    #expect(all.blocks.allSatisfy { $0.signalToNoise > 119 && $0.signalText == "exact" })
  }

  @Test("blocks go to floats until the loss is small enough; no loss at all ends, too")
  func limits() throws {
    let blocks = try blocks()
    // A label that the original network always gives, and photos without labels.
    for isLabelled in [true, false] {
      var session = try Engine(model).makeSession(pool: ThreadPool(threads: 1))
      let labels = photos.map { photo in
        let logits = session.run(model.description.preprocessing.tensor(photo)).elements
        return logits.indices.max { logits[$0] < logits[$1] }
      }
      func count(_ points: Double, photos count: Int) throws -> Int {
        try blocks.count(losingAtMost: points, photos: count) {
          (photos[$0], isLabelled ? labels[$0] : nil)
        }
      }
      #expect(try count(100, photos: 4) == 1)
      let least = try count(0, photos: 4)
      #expect(1...blocks.order.count ~= least)
      if least > 1 { #expect(try report(blocks.model(inFloats: least - 1)).drop > 0) }
      let drop = try report(blocks.model(inFloats: least)).drop
      #expect(drop == 0)
      // Without photos, nothing is lost.
      #expect(try count(0, photos: 0) == 1)
    }
  }

  @Test("an error of the progress ends the work")
  func errors() throws {
    struct Failure: Error {}
    #expect(throws: Failure.self) { _ = try blocks { _, _ in throw Failure() } }
    let measured = try blocks()
    #expect(throws: Failure.self) {
      try measured.count(losingAtMost: 0, photos: 1) { _ in throw Failure() }
    }
  }
}
