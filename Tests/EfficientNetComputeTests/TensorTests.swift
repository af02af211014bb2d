import EfficientNetCompute
import Testing

@Suite struct TensorTests {
  @Test("an element is read and written by its four indices")
  func elements() {
    var tensor = Tensor(shape: Shape(n: 1, h: 2, w: 3, c: 2))
    tensor[n: 0, h: 1, w: 2, c: 1] = 7
    #expect(tensor.elements == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7])
    #expect(tensor[n: 0, h: 1, w: 2, c: 1] == 7)
  }

  /// The element of column 3 would be that of column 0 in the next row.
  @Test("each index is checked, not only their sum")
  func wrongColumn() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor(shape: Shape(n: 1, h: 2, w: 3, c: 2))[n: 0, h: 0, w: 3, c: 0]
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(
      message.contains(
        "the index is [n: 0, h: 0, w: 3, c: 0]; "
          + "each part must be at least 0 and below its extent in 1×2×3×2"), "\(message)")
  }

  @Test("a wrong number of elements is named with the valid one")
  func wrongCount() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor(shape: Shape(n: 1, h: 2, w: 3, c: 2), elements: [1, 2])
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("elements has 2 numbers; the shape 1×2×3×2 needs 12"), "\(message)")
  }
}
