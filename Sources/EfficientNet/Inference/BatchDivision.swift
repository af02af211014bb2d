/// The division of batches of up to `maximumBatch` images among threads.
///
/// Every thread computes the same number of images, in groups of nearly equal size. The remaining
/// images of a batch, fewer than the threads, are computed one after another on all threads.
struct BatchDivision: Hashable, Sendable {
  let maximumBatch, threads: Int

  /// The largest group. More images would save little: the weights of four images are already read
  /// a quarter as often, and their feature maps fill a second-level cache.
  static let largestGroup = 4

  /// The number of workspaces: one for each thread that can compute images of its own.
  var workspaces: Int { min(maximumBatch, threads) }

  /// The maximum number of images in a group.
  var group: Int { max(1, min(Self.largestGroup, maximumBatch / threads)) }

  /// Divides a batch into groups that are each computed by one thread, and the images that all
  /// threads share.
  func groups(of batch: Int) -> (groups: [Range<Int>], shared: Range<Int>) {
    let own = batch / threads
    let groups = (0..<threads).flatMap { parts(of: $0 * own..<($0 + 1) * own) }
    return (groups, threads * own..<batch)
  }

  /// Divides images into the fewest groups of nearly equal size.
  func parts(of images: Range<Int>) -> [Range<Int>] {
    let (first, count) = (images.lowerBound, images.count)
    let parts = (count + group - 1) / group
    return (0..<parts).map { first + count * $0 / parts..<first + count * ($0 + 1) / parts }
  }
}

extension Plan {
  /// The approximate memory in bytes of a session for batches of up to `maximumBatch` images on
  /// `threads` threads.
  package func sessionBytes(maximumBatch: Int, threads: Int) -> Int {
    let division = BatchDivision(maximumBatch: maximumBatch, threads: threads)
    return division.workspaces * grouped(division.group).bytesPerImage
  }
}
