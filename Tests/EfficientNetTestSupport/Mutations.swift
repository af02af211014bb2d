internal import EfficientNetCompute
internal import Foundation

/// Damaged copies of a file's bytes, identical in every run, which a reader must survive.
public struct Mutations {
  private var generator: SeededGenerator

  /// The number of mutations that a test tries: EFFNET_MUTATIONS, or `standard` if it is not set.
  public static func count(_ standard: Int) -> Int {
    ProcessInfo.processInfo.environment["EFFNET_MUTATIONS"].flatMap { Int($0) } ?? standard
  }

  /// Creates a sequence of mutations.
  public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  private mutating func random(below bound: Int) -> Int {
    Int(generator.next() % UInt64(max(1, bound)))
  }

  /// Returns a copy with one to three mutations: a changed bit or byte, a suspicious integer, or
  /// bytes that are cut off, removed, repeated or copied from elsewhere.
  public mutating func damaged(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0...random(below: 3) where !bytes.isEmpty {
      let place = random(below: bytes.count)
      let length = min(random(below: 24) + 1, bytes.count - place)
      switch random(below: 8) {
      case 0: bytes[place] ^= 1 << random(below: 8)
      case 1: bytes[place] = UInt8(random(below: 256))
      case 2:
        let value: UInt8 = [0x00, 0x7F, 0x80, 0xFF][random(below: 4)]
        for index in place..<min(place + [1, 2, 4, 8][random(below: 4)], bytes.count) {
          bytes[index] = value
        }
      case 3: if random(below: 4) == 0 { bytes.removeSubrange(place...) }
      case 4: bytes.removeSubrange(place..<(place + length))
      case 5: bytes.insert(contentsOf: bytes[place..<(place + length)], at: place)
      case 6:
        let target = random(below: bytes.count - length + 1)
        bytes.replaceSubrange(target..<(target + length), with: bytes[place..<(place + length)])
      default: bytes[place] = bytes[random(below: bytes.count)]
      }
    }
    return bytes
  }
}
