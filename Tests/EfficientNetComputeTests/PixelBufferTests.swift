import EfficientNetCompute
import Testing

@Suite struct PixelBufferTests {
  /// The number of bytes cannot change, and the bytes change in place.
  @Test func changesInPlace() {
    var picture = PixelBuffer(width: 3, height: 2, repeating: 7)
    let before = unsafe picture.bytes.withUnsafeBufferPointer { $0.baseAddress }
    let count = picture.withMutableBytes { bytes in
      for index in bytes.indices { bytes[index] = UInt8(index) }
      return bytes.count
    }
    let after = unsafe picture.bytes.withUnsafeBufferPointer { $0.baseAddress }
    #expect(count == 18)
    #expect(before == after)
    #expect(picture.bytes == Array(0..<18))
    let copy = picture
    picture.withMutableBytes { $0[0] = 9 }
    #expect(copy.bytes[0] == 0 && picture.bytes[0] == 9)
  }

  @Test func sizesThatDoNotFit() async {
    await #expect(processExitsWith: .failure) {
      _ = PixelBuffer(width: 2, height: 1, bytes: [1, 2, 3])
    }
    await #expect(processExitsWith: .failure) {
      _ = PixelBuffer(width: -1, height: -1, repeating: 0)
    }
    await #expect(processExitsWith: .failure) {
      _ = PixelBuffer(width: .max, height: .max, repeating: 0)
    }
  }
}
