import EfficientNet
import Testing

@testable import EfficientNetFormats

@Suite struct TorchTensorTests {
  /// `torch.ones(1).expand(32)`, as training programs store it beside a network.
  @Test func repeatsElements() throws {
    let bytes: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]
    let view = try #require(
      TorchTensor(storage: 0, of: 2, offset: 1, shape: [3, 32], strides: [0, 0]))
    #expect(view.elements(of: bytes.span.bytes, as: .float32) == Array(repeating: 2, count: 96))
    // More repetitions than a layer has channels would take memory out of proportion to the file.
    #expect(TorchTensor(storage: 0, of: 2, offset: 0, shape: [1 << 20], strides: [0]) == nil)
    #expect(TorchTensor(storage: 0, of: 2, offset: 2, shape: [32], strides: [0]) == nil)
  }
}
