/// Disjoint sets of numbers, with union by smallest number and path halving.
///
/// Source: Tarjan 1975, [Efficiency of a good but not linear set union
/// algorithm](https://doi.org/10.1145/321879.321884).
struct DisjointSets {
  private var parents: [Int]

  init(count: Int) { parents = Array(0..<count) }

  mutating func join(_ a: Int, _ b: Int) {
    let (first, second) = (root(of: a), root(of: b))
    parents[max(first, second)] = min(first, second)
  }

  /// The sets of at least two numbers, in order.
  var groups: [[Int]] {
    var sets = self
    var members: [Int: [Int]] = [:]
    for number in parents.indices { members[sets.root(of: number), default: []].append(number) }
    return members.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }

  private mutating func root(of number: Int) -> Int {
    var number = number
    while parents[number] != number {
      parents[number] = parents[parents[number]]
      number = parents[number]
    }
    return number
  }
}
