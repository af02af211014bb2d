import Testing

@testable import EfficientNet

@Suite("Division of a batch")
struct BatchDivisionTests {
  @Test("each thread gets as many images, in groups of at most four; all threads share the rest")
  func groups() {
    func sizes(_ batch: Int, threads: Int) -> [Int] {
      BatchDivision(maximumBatch: batch, threads: threads).groups(of: batch).groups.map(\.count)
    }
    #expect(sizes(1, threads: 1) == [1])
    #expect(sizes(5, threads: 1) == [2, 3])
    #expect(sizes(1, threads: 2) == [])
    #expect(sizes(2, threads: 2) == [1, 1])
    #expect(sizes(6, threads: 2) == [3, 3])
    #expect(sizes(16, threads: 2) == [4, 4, 4, 4])
    #expect(sizes(17, threads: 2) == [4, 4, 4, 4])
    #expect(sizes(9, threads: 8) == Array(repeating: 1, count: 8))
  }

  @Test("groups and shared images cover every batch once, in order", arguments: 1...4, 1...20)
  func cover(threads: Int, maximumBatch: Int) {
    let division = BatchDivision(maximumBatch: maximumBatch, threads: threads)
    for batch in 1...maximumBatch {
      let (groups, shared) = division.groups(of: batch)
      #expect(groups.flatMap { Array($0) } + Array(shared) == Array(0..<batch))
      #expect(groups.allSatisfy { 1...division.group ~= $0.count })
      #expect(shared.count < threads)
      // A thread that computes a group needs a workspace of its own.
      #expect(groups.isEmpty || division.workspaces == threads)
    }
  }
}
