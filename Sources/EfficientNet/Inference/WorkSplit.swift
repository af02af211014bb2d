/// How a step's work is cut into pieces for a pool of threads.
///
/// There are more pieces than threads, so that a thread that is busy elsewhere holds up nobody. Where
/// the cuts lie changes no result.
struct WorkSplit {
  let threads: Int

  /// Rows of matrix products come in multiples of this: whole tiles of every kernel table.
  static let rowBlock = 42

  /// The most pieces that ``ranges(of:multipleOf:)`` returns.
  static func pieces(threads: Int) -> Int { threads == 1 ? 1 : threads * 4 }

  /// `0..<count` in consecutive ranges of nearly equal length, each but the last a multiple of `block`.
  func ranges(of count: Int, multipleOf block: Int = 1) -> [Range<Int>] {
    let blocks = (count + block - 1) / block
    let pieces = min(Self.pieces(threads: threads), blocks)
    return (0..<pieces).map { piece in
      let begin = blocks * piece / pieces * block
      let end = blocks * (piece + 1) / pieces * block
      return begin..<min(end, count)
    }
  }
}
