internal import EfficientNetCompute

/// Chooses photos of each class by a hash of their names. The choice does not depend on the order
/// of the photos, and hardly changes when others are added.
struct Sampler {
  private let listing: PhotoListing
  private let seed: UInt64

  init(_ listing: PhotoListing, seed: UInt64, for purpose: RandomPurpose) {
    self.listing = listing
    var generator = SeededGenerator(seed: seed, for: purpose)
    self.seed = generator.next()
  }

  /// The photos to hold out: `share · n` of a class's n photos, rounded, from 1 to n − 1.
  ///
  /// - Parameter together: The copies of photos, by each of them: all or none are held out. Then a
  ///   class may hold out fewer photos, or more if even the fewest copies of a photo are more. A
  ///   class that has only copies of one photo holds out none.
  func validating(
    _ photos: [Int], share: Double, together: [Int: [Int]] = [:]
  ) -> Set<Int> {
    var chosen: Set<Int> = []
    for group in groups(photos) {
      let count = Int((Double(group.count) * share).rounded())
      chosen.formUnion(
        first(min(max(count, 1), group.count - 1), of: group, together: together))
    }
    return chosen
  }

  /// At most `count` photos with the smallest hashes, each with all of its copies.
  private func first(_ count: Int, of group: [Int], together: [Int: [Int]]) -> [Int] {
    var seen: Set<Int> = []
    var sets: [[Int]] = []
    for photo in first(group.count, of: group) where !seen.contains(photo) {
      sets.append(together[photo] ?? [photo])
      seen.formUnion(sets[sets.count - 1])
    }
    guard sets.count > 1 else { return [] }
    var chosen: [Int] = []
    for set in sets where chosen.count + set.count <= count { chosen += set }
    return chosen.isEmpty ? sets.min { $0.count < $1.count } ?? [] : chosen
  }

  /// Returns at most `limit` photos. Each class of each part keeps a number of photos in proportion
  /// to its size: at least one, or two if validation photos will be held out afterwards (`splits`).
  func limited(
    _ training: [Int], _ validation: [Int] = [], to limit: Int, splits: Bool = false
  ) throws(DataError) -> (training: [Int], validation: [Int]) {
    guard training.count + validation.count > limit else { return (training, validation) }
    let groups = groups(training) + groups(validation)
    let least = groups.map { min($0.count, splits ? 2 : 1) }
    let needed = least.reduce(0, +)
    guard needed <= limit else {
      let classes = Set((training + validation).map { listing.entries[$0].label }).count
      throw .limit(limit, classes: classes, needed: needed)
    }
    let counts = Self.counts(of: groups.map(\.count), least: least, limit: limit)
    let chosen = Set(zip(groups, counts).flatMap { first($1, of: $0) })
    return (training.filter { chosen.contains($0) }, validation.filter { chosen.contains($0) })
  }

  /// Distributes `limit` in proportion to the sizes, with a minimum for each; rounding remainders
  /// go to the largest fractions.
  ///
  /// - Precondition: The limit is below the sum of the sizes and at least the sum of the minimums;
  ///   no minimum exceeds its size.
  private static func counts(of sizes: [Int], least: [Int], limit: Int) -> [Int] {
    var counts = least
    // Raising some counts to their minimum leaves less for the others, so that more counts may fall
    // below their minimum.
    var shared = Array(sizes.indices)
    while true {
      let free = limit - least.reduce(0, +) + shared.reduce(0) { $0 + least[$1] }
      let sum = shared.reduce(0) { $0 + sizes[$1] }
      let kept = shared.filter { free * sizes[$0] >= least[$0] * sum }
      guard kept.count == shared.count else {
        shared = kept
        continue
      }
      for index in shared { counts[index] = free * sizes[index] / sum }
      let remainders = sizes.map { sum == 0 ? 0 : free * $0 % sum }
      let order = shared.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
      for index in order.prefix(limit - counts.reduce(0, +)) { counts[index] += 1 }
      return counts
    }
  }

  private func groups(_ photos: [Int]) -> [[Int]] {
    var groups = [[Int]](repeating: [], count: listing.labels.count)
    for photo in photos { groups[listing.entries[photo].label].append(photo) }
    return groups.filter { !$0.isEmpty }
  }

  /// The `count` photos with the smallest hashes.
  private func first(_ count: Int, of group: [Int]) -> [Int] {
    guard count > 0 else { return [] }
    let ranked = group.map { photo in
      var hash = StableHash(seed: seed)
      hash.combine(listing.entries[photo].identity)
      return (rank: hash.value, photo: photo)
    }
    return ranked.sorted { ($0.rank, $0.photo) < ($1.rank, $1.photo) }.prefix(count).map(\.photo)
  }
}
