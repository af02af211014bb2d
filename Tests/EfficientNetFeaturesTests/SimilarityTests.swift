import EfficientNet
import EfficientNetCompute
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetFeatures

@Suite("SimilaritySearch")
struct SimilarityTests {
  static func rows(_ count: Int, _ dimensions: Int, _ name: String = "rows") -> [[Float]] {
    let unit = Formula.unit(name, count: count * dimensions).map(Float.init)
    return (0..<count).map { Array(unit[$0 * dimensions..<($0 + 1) * dimensions]) }
  }

  static func cosine(_ a: [Float], _ b: [Float]) -> Double {
    func dot(_ x: [Float], _ y: [Float]) -> Double {
      zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let lengths = (dot(a, a) * dot(b, b)).squareRoot()
    return lengths == 0 ? 0 : dot(a, b) / lengths
  }

  @Test(
    "matches equal those of a comparison of all rows in double precision",
    arguments: [1, 5, 19, 700], [3, 16, 37])
  func bruteForce(count: Int, dimensions: Int) throws {
    let rows = Self.rows(count, dimensions)
    let queries = Self.rows(3, dimensions, "queries")
    let matrix = FeatureMatrix(rows)
    var first: [[SimilaritySearch.Match]]?
    for isa in InstructionSet.available {
      for threads in [1, 3] {
        let search = SimilaritySearch(
          matrix, pool: ThreadPool(threads: threads), kernels: Kernels(isa))
        let found = try search.results(10, for: queries).matches
        if first == nil { first = found }
        #expect(found == first, "\(isa), \(threads) threads")
      }
    }
    for (query, matches) in zip(queries, try #require(first)) {
      let cosines = rows.map { Self.cosine($0, query) }
      let order = cosines.indices.sorted { cosines[$0] > cosines[$1] }
      #expect(matches.map(\.row) == Array(order.prefix(10)))
      for match in matches { #expect(abs(Double(match.cosine) - cosines[match.row]) < 1e-6) }
    }
  }

  @Test("half of the rows have at most the median, which is rounded up to 0.01")
  func medians() throws {
    let rows = Self.rows(701, 21)
    let queries = Self.rows(2, 21, "queries")
    for threads in [1, 3] {
      let search = SimilaritySearch(FeatureMatrix(rows), pool: ThreadPool(threads: threads))
      for (query, median) in zip(queries, try search.results(3, for: queries).medians) {
        let cosines = rows.map { Self.cosine($0, query) }.sorted()
        #expect(median == (100 * cosines[350]).rounded(.up) / 100)
      }
    }
    let small = SimilaritySearch(
      FeatureMatrix([[1, 0], [.nan, 0], [-1, 0], [0, 1]]), pool: ThreadPool(threads: 1))
    #expect(
      try small.results(1, for: [[1, 0], [-1, 0], [.infinity, 0]]).medians == [0, 0, nil])
    #expect(try small.results(0, for: [[1, 0]]).medians == [nil])
  }

  @Test("with the mean subtracted, cosines equal those in double precision, and a hub loses")
  func subtractingMean() throws {
    let shared = Self.rows(1, 21, "shared")[0].map { 3 * $0 }
    // The hub has only what all rows share.
    let rows = Self.rows(20, 21).map { zip($0, shared).map(+) } + [shared]
    let query = zip(Self.rows(1, 21, "queries")[0], shared).map(+).normalized
    let search = SimilaritySearch(
      FeatureMatrix(rows + [[Float](repeating: .nan, count: 21)]), pool: ThreadPool(threads: 2))
    #expect(try search.best(1, for: query).map(\.row) == [20])
    let mean = search.mean()
    let found = try search.results(21, for: [query, query], subtracting: mean)
    #expect(found.notFinite == 1 && found.matches[0] == found.matches[1])
    try #require(found.matches[0].count == 21 && !found.matches[0].contains { $0.row == 21 })
    let centered = rows.map { zip($0.normalized, mean).map { $0 - $1 } }
    let direction = zip(query, mean).map { $0 - $1 }
    for match in found.matches[0] {
      #expect(
        abs(Double(match.cosine) - Self.cosine(centered[match.row], direction)) < 1e-4)
    }
    #expect(throws: FeaturesError.self) {
      try search.results(1, for: [query + [1]], subtracting: mean)
    }
    #expect(found.matches[0][0].row != 20)
  }

  @Test("a search in a file equals one in memory")
  func mapped() throws {
    let folder = try TemporaryFolder()
    let rows = Self.rows(300, 21)
    let table = FeatureTable(
      source: "", names: rows.indices.map { "\($0)" }, rows: FeatureMatrix(rows))
    let pool = ThreadPool(threads: 2)
    let expected = try SimilaritySearch(table.rows, pool: pool).best(7, for: rows[11])
    for name in ["x.npz", "x.npy", "x.safetensors"] {
      try table.write(to: folder.path(name))
      let found = try FeatureTable(contentsOf: folder.path(name))
      #expect(try SimilaritySearch(found.rows, pool: pool).best(7, for: rows[11]) == expected)
    }
    try table.write(to: folder.path("x.safetensors"), storing: .bfloat16)
    let halves = try FeatureTable(contentsOf: folder.path("x.safetensors"))
    let found = try SimilaritySearch(halves.rows, pool: pool).best(7, for: rows[11])
    #expect(found[0].row == 11)
    for match in found {
      #expect(abs(Double(match.cosine) - Self.cosine(rows[match.row], rows[11])) < 0.01)
    }
  }

  @Test("equal rows keep their order, and rows that are not finite are left out")
  func edges() throws {
    let nan = Float.nan
    let rows: [[Float]] = [
      [0, 0], [1, 1], [nan, 1], [2, 2], [.infinity, 0], [-1, -1], [1e-3, 1e-3], [1e30, 1e30],
    ]
    let pool = ThreadPool(threads: 2)
    let search = SimilaritySearch(FeatureMatrix(rows), pool: pool)
    let found = try search.best(10, for: [3, 3])
    // The last row's squares overflow 32-bit floats.
    #expect(found.map(\.row).filter { $0 != 7 } == [1, 3, 6, 0, 5])
    #expect(found.prefix(4).contains { $0.row == 7 })
    #expect(found.prefix(4).allSatisfy { abs($0.cosine - 1) < 1e-6 } && found[4].cosine == 0)
    #expect(abs(found[5].cosine + 1) < 1e-6)
    #expect(try search.results(10, for: [[3, 3], [nan, 1]]).notFinite == 2)
    #expect(try search.best(3, for: [0, 0]).map(\.row) == [0, 1, 3])
    #expect(try search.best(3, for: [nan, 0]).isEmpty && search.best(0, for: [1, 0]).isEmpty)
    #expect(try search.results(3, for: []).matches.isEmpty)
    let empty = SimilaritySearch(FeatureMatrix(dimensions: 2, elements: []), pool: pool)
    #expect(try empty.best(3, for: [1, 0]).isEmpty)
  }

  @Test("a query of another length throws, and a matrix without rows takes any query")
  func otherQuery() throws {
    let pool = ThreadPool(threads: 1)
    let search = SimilaritySearch(FeatureMatrix([[1, 0], [0, 1]]), pool: pool)
    for query in [[], [1], [1, 2, 3]] as [[Float]] {
      let expected = FeaturesError.dimensions(
        first: "the matrix", count: 2, second: "the query", other: query.count)
      #expect(throws: expected) { try search.best(1, for: query) }
      #expect(throws: expected) { try search.results(1, for: [[1, 0], query]) }
    }
    let empty = SimilaritySearch(FeatureMatrix([]), pool: pool)
    #expect(try empty.best(3, for: [1, 2, 3]).isEmpty)
  }

  @Test("tasks that share a search find what a thread finds, and errors reach them")
  func tasks() async throws {
    let rows = Self.rows(40, 37)
    let search = SimilaritySearch(FeatureMatrix(rows), pool: ThreadPool(threads: 2))
    func expected(_ query: [Float]) throws -> [SimilaritySearch.Match] {
      try search.best(5, for: query)
    }
    try await withThrowingTaskGroup { group in
      for row in rows { group.addTask { (row, try await search.best(5, for: row)) } }
      for try await (row, found) in group { #expect(try found == expected(row)) }
    }
    await #expect(throws: FeaturesError.self) { try await search.best(1, for: [1]) }
    let cancelled = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await search.best(1, for: rows[0])
    }
    await #expect(throws: CancellationError.self) { try await cancelled.value }
  }

  @Test("copies reach the threshold at either resolution, with the larger cosine, best first")
  func copies() async throws {
    let pool = ThreadPool(threads: 1)
    let search = SimilaritySearch(
      FeatureMatrix([[1, 0], [0, 1], [1, 0.1], [-1, 0]]), pool: pool)
    let small = SimilaritySearch(
      FeatureMatrix([[0, 1], [1, 0.2], [1, 0.3], [0, 1]]), pool: pool)
    let found = try await search.copies(of: [1, 0], small: [1, 0], in: small, threshold: 0.9)
    #expect(found.map(\.row) == [0, 2, 1])
    #expect(found.map { ($0.cosine * 1000).rounded() } == [1000, 995, 981])
    let one = try await search.copies(of: [1, 0], small: [1, 0], in: small, limit: 1)
    #expect(one.map(\.row) == [0])
    #expect(try await search.copies(of: [0, -1], small: [0, -1], in: small).isEmpty)
    await #expect(throws: FeaturesError.threshold(2)) {
      try await search.copies(of: [1, 0], small: [1, 0], in: small, threshold: 2)
    }
  }

  @Test("rows of any length have exact cosines", arguments: [Float(1e25), 1e-19, 1e-25, 1e-38])
  func lengths(scale: Float) throws {
    let rows = Self.rows(40, 37)
    let scaled = rows.map { row in row.map { $0 * scale } }
    let pool = ThreadPool(threads: 2)
    let found = try SimilaritySearch(FeatureMatrix(scaled), pool: pool)
      .results(40, for: [rows[3], scaled[5]])
    #expect(found.notFinite == 0)
    for (query, matches) in zip([3, 5], found.matches) {
      #expect(matches.count == 40 && matches[0].row == query)
      for match in matches {
        let cosine = Self.cosine(rows[match.row], rows[query])
        #expect(abs(Double(match.cosine) - cosine) < 1e-6)
      }
    }
    let groups = try DuplicateGroups(of: FeatureMatrix(rows + scaled), threshold: 0.999, pool: pool)
    #expect(groups.groups.map { $0.map(\.row) } == (0..<40).map { [$0, $0 + 40] })
    #expect(groups.compared == 80)
  }

  @Test("the best offered rows remain, in any order of offers")
  func top() {
    let cosines = Formula.unit("top rows", count: 200).map { Float(($0 * 20).rounded() / 20) }
    let matches = cosines.enumerated().map { SimilaritySearch.Match(row: $0, cosine: $1) }
    let expected = matches.sorted { $0.isBetter(than: $1) }
    for limit in [1, 2, 7, 200, 300] {
      var (forward, backward) = (TopRows(limit: limit), TopRows(limit: limit))
      for match in matches { forward.offer(match) }
      for match in matches.reversed() { backward.offer(match) }
      #expect(forward.sorted == Array(expected.prefix(limit)))
      #expect(backward.sorted == forward.sorted)
    }
  }
}

@Suite("DuplicateGroups")
struct DuplicateTests {
  @Test("groups are the connected components of similar pairs", arguments: [1, 2, 70, 333])
  func components(count: Int) throws {
    let rows = SimilarityTests.rows(count, 6)
    let threshold: Float = 0.93
    // The plain algorithm: join groups until nothing changes.
    var group = Array(0..<count)
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      for a in 0..<count {
        for b in 0..<a where group[a] != group[b] {
          guard SimilarityTests.cosine(rows[a], rows[b]) >= Double(threshold) else { continue }
          (group[a], group[b]) = (min(group[a], group[b]), min(group[a], group[b]))
          hasChanged = true
        }
      }
    }
    let expected = Dictionary(grouping: 0..<count) { group[$0] }.values.filter { $0.count > 1 }
      .sorted { $0[0] < $1[0] }
    for threads in [1, 3] {
      let found = try DuplicateGroups(
        of: FeatureMatrix(rows), threshold: threshold, pool: ThreadPool(threads: threads))
      #expect(found.groups.map { $0.map(\.row) } == expected)
      #expect(found.compared == count)
      for group in found.groups {
        #expect(group[0].cosine == 1)
        for member in group {
          let cosine = SimilarityTests.cosine(rows[group[0].row], rows[member.row])
          #expect(abs(Double(member.cosine) - cosine) < 1e-6)
        }
      }
    }
  }

  @Test("rows at a smaller resolution connect, too", arguments: [1, 3])
  func small(threads: Int) throws {
    let rows = FeatureMatrix([[1, 0, 0], [0, 1, 0], [0, 0.1, 1], [0.1, 1, 0]])
    let small = FeatureMatrix([[2, 0], [0, 1], [2, 0.1], [.nan, 0]])
    let pool = ThreadPool(threads: threads)
    let one = try DuplicateGroups(of: rows, threshold: 0.9, pool: pool)
    #expect(one.groups.map { $0.map(\.row) } == [[1, 3]])
    let calls = Locked([(done: Int, total: Int)]())
    let both = try DuplicateGroups(of: rows, small: small, threshold: 0.9, pool: pool) {
      done, total in
      calls.withLock { $0.append((done, total)) }
    }
    #expect(both.groups.map { $0.map(\.row) } == [[0, 2], [1, 3]] && both.compared == 4)
    // The larger of the cosines 0 and 0.9988, and of 0.9950 and NaN.
    #expect(both.groups.map { ($0[1].cosine * 1000).rounded() } == [999, 995])
    #expect(calls.withLock { $0.last?.done == 32 && $0.allSatisfy { $0.total == 32 } })
  }

  @Test("a member below the threshold names the member that connects it")
  func chain() throws {
    // Unit vectors at these degrees; cos 20° = 0.94, cos 40° = 0.77.
    let degrees = [0.0, 60, 20, 41, 200, 18, 219]
    let rows = degrees.map { [Float(cos($0 * .pi / 180)), Float(sin($0 * .pi / 180))] }
    let pool = ThreadPool(threads: 2)
    let groups = try DuplicateGroups(of: FeatureMatrix(rows), threshold: 0.93, pool: pool).groups
    #expect(groups.map { $0.map(\.row) } == [[0, 1, 2, 3, 5], [4, 6]])
    #expect(groups.map { $0.map(\.via) } == [[nil, 3, nil, 2, nil], [nil, nil]])
    #expect(groups[0].map { ($0.cosine * 100).rounded() } == [100, 50, 94, 75, 95])
    // The first row of the order is the one that the others are compared with.
    let ordered = try DuplicateGroups(
      of: FeatureMatrix(rows), threshold: 0.93, ordered: { $0.sorted(by: >) }, pool: pool
    ).groups
    #expect(ordered.map { $0.map(\.row) } == [[5, 3, 2, 1, 0], [6, 4]])
    #expect(ordered[0].map(\.via) == [nil, 2, nil, 3, nil])
    #expect(ordered[0][0].cosine == 1)
  }

  @Test("a group whose cosines are rounded differently in both directions stays whole")
  func rounding() throws {
    // Next to a 1, the squares of the small numbers are rounded away. So the row is too short where
    // it is not the query, and its cosine too large: 0.2402 instead of 0.2395.
    let ones = [Float](repeating: 1, count: 1 << 20)
    var mixed = [Float](repeating: 2.4e-4, count: 1 << 20)
    mixed[0] = 1
    let groups = try DuplicateGroups(
      of: FeatureMatrix([ones, mixed, ones]), threshold: 0.24, ordered: { _ in [1, 0, 2] },
      pool: ThreadPool(threads: 2)
    ).groups
    let group = try #require(groups.first)
    #expect(groups.count == 1 && group.map(\.row) == [1, 0, 2])
    #expect(group.map(\.via) == [nil, 1, 0])
    #expect(group[1].cosine < 0.2398)
  }

  @Test("progress is reported up to the total")
  func progress() throws {
    let calls = Locked([(done: Int, total: Int)]())
    _ = try DuplicateGroups(
      of: FeatureMatrix(SimilarityTests.rows(200, 6)), threshold: 0.9,
      pool: ThreadPool(threads: 3)
    ) { done, total in calls.withLock { $0.append((done, total)) } }
    let found = calls.withLock { $0 }
    // 64 · 200 + 64 · 136 + 64 · 72 + 8 · 8
    #expect(Set(found.map(\.total)) == [26_176])
    #expect(found.first?.done == 0 && found.last?.done == 26_176)
    #expect(found.map(\.done) == found.map(\.done).sorted())
  }

  @Test("a threshold that no cosine can have throws", arguments: [Float.nan, 1.01, -2, .infinity])
  func badThreshold(threshold: Float) {
    let error = #expect(throws: FeaturesError.self) {
      _ = try DuplicateGroups(
        of: FeatureMatrix([[1], [1]]), threshold: threshold, pool: ThreadPool(threads: 1))
    }
    #expect(error?.description == "the threshold is \(threshold); it must be from -1 to 1")
  }

  @Test("equal photos are a group; zeros and NaN belong to none")
  func equal() throws {
    let row: [Float] = [1, -2, 3, 0.5]
    let zeros: [Float] = [0, 0, 0, 0]
    let rows = [zeros, row, [.nan, 0, 0, 0], zeros, row.map { $0 * 7 }, [0, 1, 0, 0], row]
    let found = try DuplicateGroups(
      of: FeatureMatrix(rows), threshold: 0.999, pool: ThreadPool(threads: 2))
    #expect(found.groups.map { $0.map(\.row) } == [[1, 4, 6]])
    #expect(found.compared == 4)
    let empty = try DuplicateGroups(
      of: FeatureMatrix(dimensions: 3, elements: []), threshold: 0.9, pool: ThreadPool(threads: 1))
    #expect(empty.groups.isEmpty && empty.compared == 0)
  }
}
