import EfficientNet
import EfficientNetCompute
import EfficientNetTestSupport
import Testing

@testable import EfficientNetFeatures

@Suite("FewShotClassifier")
struct FewShotTests {
  /// Clusters around random directions.
  static func clusters(
    _ counts: [Int], dimensions: Int = 12, spread: Float = 0.5, seed: UInt64 = 1
  ) throws -> LabelledFeatures {
    var generator = SeededGenerator(seed: seed)
    func direction() -> [Float] { (0..<dimensions).map { _ in Float(generator.normal()) } }
    let centres = counts.map { _ in direction() }
    var (rows, labels) = ([[Float]](), [Int]())
    for (label, count) in counts.enumerated() {
      for _ in 0..<count {
        rows.append(zip(centres[label], direction()).map { $0 + spread * $1 })
        labels.append(label)
      }
    }
    return try LabelledFeatures(
      classes: counts.indices.map { "class \($0)" }, rows: rows, labels: labels)
  }

  @Test("clusters are told apart", arguments: FewShotClassifier.Method.allCases)
  func clusters(method: FewShotClassifier.Method) throws {
    let examples = try Self.clusters([6, 6, 6], spread: 0.3)
    let pool = ThreadPool(threads: 2)
    let classifier = FewShotClassifier(examples, method: method, pool: pool)
    #expect(classifier.validation.accuracy == 1 && classifier.validation.isLeaveOneOut)
    for (row, label) in zip(examples.rows, examples.labels) {
      let probabilities = try classifier.probabilities(of: row.map { 3 * $0 })
      #expect(probabilities.firstIndexOfMaximum == label)
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12)
    }
    let one = FewShotClassifier(examples, method: method, pool: ThreadPool(threads: 1))
    #expect(
      try one.probabilities(of: examples.rows[0]) == classifier.probabilities(of: examples.rows[0]))
  }

  @Test(
    "leaving an example out equals training without it",
    arguments: FewShotClassifier.Method.allCases)
  func leaveOneOut(method: FewShotClassifier.Method) throws {
    let examples = try Self.clusters([5, 1, 4, 6], spread: 1.4)
    let pool = ThreadPool(threads: 3)
    let validation = FewShotClassifier(examples, method: method, pool: pool).validation
    #expect(validation.outcomes.map(\.row) == examples.rows.indices.filter { $0 != 5 })
    var correct = 0
    for outcome in validation.outcomes {
      let index = outcome.row
      var (rows, labels) = (examples.rows, examples.labels)
      rows.remove(at: index)
      labels.remove(at: index)
      let others = try LabelledFeatures(classes: examples.classes, rows: rows, labels: labels)
      let probabilities = try FewShotClassifier(others, method: method, pool: pool)
        .probabilities(of: examples.rows[index])
      #expect(outcome.label == examples.labels[index])
      #expect(outcome.prediction == probabilities.firstIndexOfMaximum)
      #expect((0.25...1).contains(outcome.probability))
      if outcome.isRight { correct += 1 }
    }
    #expect(validation.correct == correct)
    #expect("\(validation)" == "\(correct) of 15 examples right (leave-one-out)")
    #expect(validation.counted == 15 && validation.alone == 1 && validation.folds == 16)
    #expect(correct > 5 && correct < 15)
  }

  @Test(
    "a photo that is unlike every example is noticed", arguments: FewShotClassifier.Method.allCases)
  func unlike(method: FewShotClassifier.Method) throws {
    /// A classifier of two classes, from pairs of examples with the given cosines. Pairs have
    /// nothing in common with each other.
    func classifier(_ cosines: [Float]) throws -> FewShotClassifier {
      let rows = cosines.indices.flatMap { pair -> [[Float]] in
        var (first, second) = ([Float](repeating: 0, count: 50), [Float](repeating: 0, count: 50))
        first[2 * pair] = 1
        second[2 * pair] = cosines[pair]
        second[2 * pair + 1] = (1 - cosines[pair] * cosines[pair]).squareRoot()
        return [first, second]
      }
      return try FewShotClassifier(
        LabelledFeatures(
          classes: ["a", "b"], rows: rows, labels: rows.indices.map { $0 < 2 ? 0 : 1 }),
        method: method, pool: ThreadPool(threads: 2))
    }
    /// A photo with this cosine to its nearest example, the first.
    func photo(_ cosine: Float) -> [Float] {
      [3 * cosine] + Array(repeating: 0, count: 48) + [3 * (1 - cosine * cosine).squareRoot()]
    }
    let few = try classifier([0.8, 0.6])
    #expect(try !few.isUnlikeExamples(photo(0.62)) && few.isUnlikeExamples(photo(0.58)))
    // Two pairs of 21 are below the lowest 10 %.
    let many = try classifier(Array(repeating: 0.8, count: 19) + [0.1, 0.2])
    #expect(try !many.isUnlikeExamples(photo(0.82)) && many.isUnlikeExamples(photo(0.78)))
    #expect(many.validation.outcomes.filter(\.isUnlike).map(\.row) == [38, 39, 40, 41])
    // Copies say nothing about other photos.
    #expect(try !classifier([1, 0.9]).isUnlikeExamples(photo(0.1)))
  }

  @Test("many examples are left out in ten parts")
  func folds() throws {
    let examples = try Self.clusters([105, 104, 1], dimensions: 4, spread: 0.4)
    let (count, folds) = examples.folds()
    #expect(count == 10 && folds.last == .some(nil))
    for label in 0..<2 {
      let parts = folds.indices.filter { examples.labels[$0] == label }.compactMap { folds[$0] }
      let sizes = Dictionary(grouping: parts) { $0 }.values.map(\.count)
      #expect(sizes.count == 10 && sizes.allSatisfy { 10...11 ~= $0 })
    }
    let validation = FewShotClassifier(
      examples, method: .logistic, pool: ThreadPool(threads: 2)
    ).validation
    #expect(!validation.isLeaveOneOut && validation.counted == 209 && validation.alone == 1)
    #expect("\(validation)".hasSuffix(" of 209 examples right (10 folds)"))
    #expect(try #require(validation.accuracy) > 0.9)
  }

  @Test("logistic regression's gradient is the slope of its value, and zero at the minimum")
  func gradient() throws {
    let examples = try Self.clusters([4, 3, 5], dimensions: 5, spread: 1)
    let problem = LogisticRegression(
      rows: examples.rows.map { $0.map { Double($0) } }, labels: examples.labels, classes: 3,
      strength: 2, pool: ThreadPool(threads: 1))
    let place = Formula.unit("place", count: 18)
    let (_, gradient) = problem.value(place)
    for index in place.indices {
      var (above, below) = (place, place)
      above[index] += 1e-5
      below[index] -= 1e-5
      let slope = (problem.value(above).loss - problem.value(below).loss) / 2e-5
      #expect(abs(slope - gradient[index]) < 1e-7)
    }
    for start in [nil, place] {
      let minimum = problem.minimum(from: start)
      let (loss, slopes) = problem.value(minimum)
      #expect(slopes.allSatisfy { abs($0) < 1e-5 })
      #expect(abs(loss - problem.value(problem.minimum()).loss) < 1e-9)
    }
  }

  @Test("logistic regression of many examples is bit-identical for any number of threads")
  func threads() throws {
    let examples = try Self.clusters([150, 140, 20], dimensions: 9, spread: 1.2)
    let counts = Locked([[Int]]())
    let classifiers = [1, 3].map { threads in
      FewShotClassifier(examples, method: .logistic, pool: ThreadPool(threads: threads)) {
        done, total in
        counts.withLock { $0.append([done, total]) }
      }
    }
    #expect(classifiers[0].validation == classifiers[1].validation)
    for row in examples.rows.prefix(20) {
      #expect(try classifiers[0].probabilities(of: row) == classifiers[1].probabilities(of: row))
    }
    // A search, a fit with all examples, and ten fits that each leave out a part.
    let expected = (0...12).map { [$0, 12] }
    #expect(counts.withLock { $0 } == expected + expected)
    let rows = examples.rows.map { $0.map { Double($0) } }
    func value(_ indices: [Int]) -> (loss: Double, gradient: [Double]) {
      LogisticRegression(
        rows: indices.map { rows[$0] }, labels: indices.map { examples.labels[$0] }, classes: 3,
        strength: .infinity, pool: ThreadPool(threads: 2)
      ).value(Formula.unit("place", count: 30))
    }
    // In parts, the result is the sum over single examples.
    let whole = value(Array(rows.indices))
    let single = rows.indices.map { value([$0]) }
    #expect(abs(whole.loss - single.reduce(0) { $0 + $1.loss }) < 1e-9)
    for index in 0..<30 {
      #expect(abs(whole.gradient[index] - single.reduce(0) { $0 + $1.gradient[index] }) < 1e-9)
    }
  }

  @Test("progress also counts the comparisons of examples, a thousand in each step")
  func progress() throws {
    let examples = try Self.clusters([1500, 501], dimensions: 3)
    let counts = Locked([[Int]]())
    _ = FewShotClassifier(examples, method: .centroid, pool: ThreadPool(threads: 2)) {
      done, total in
      counts.withLock { $0.append([done, total]) }
    }
    #expect(counts.withLock { $0 } == (0...3).map { [$0, 3] })
  }

  @Test("a fit in the space of the examples equals one on all features")
  func basis() throws {
    // Fewer examples than features: coordinates in the space of the examples give the same result
    // as all features.
    let examples = try Self.clusters([4, 4, 3], dimensions: 40, spread: 1)
    let small = LogisticClassifier(examples, pool: ThreadPool(threads: 1))
    let rows = examples.rows.map { $0.map { Double($0) } }
    let problem = LogisticRegression(
      rows: rows, labels: examples.labels, classes: 3,
      strength: LogisticClassifier.standardStrength / LogisticClassifier.spread(rows),
      pool: ThreadPool(threads: 1))
    let parameters = problem.minimum()
    for row in try Self.clusters([3, 3, 3], dimensions: 40, seed: 2).rows {
      let expected = LogisticRegression.probabilities(
        of: row.map { Double($0) }, classes: 3, parameters)
      for (found, expected) in zip(small.probabilities(of: row), expected) {
        #expect(abs(found - expected) < 1e-5)
      }
    }
    let basis = LogisticClassifier.basis(of: rows + rows)
    #expect(basis.count == 11)
    for (i, a) in basis.enumerated() {
      for (j, b) in basis.enumerated() {
        #expect(abs(dot(a.span, b.span) - (i == j ? 1 : 0)) < 1e-12)
      }
    }
  }

  @Test(
    "features of another network or with NaN are refused, not classified",
    arguments: FewShotClassifier.Method.allCases)
  func otherFeatures(method: FewShotClassifier.Method) throws {
    let examples = try LabelledFeatures(
      classes: ["a", "b"], rows: [[1, 0], [1, 0.1], [0, 1], [0.1, 1]], labels: [0, 0, 1, 1])
    let classifier = FewShotClassifier(examples, method: method, pool: ThreadPool(threads: 1))
    for photo in [[1], [1, 2, 3], []] as [[Float]] {
      let expected = FeaturesError.dimensions(
        first: "the set of examples", count: 2, second: "the photo", other: photo.count)
      #expect(throws: expected) { try classifier.probabilities(of: photo) }
      #expect(throws: expected) { try classifier.isUnlikeExamples(photo) }
    }
    for photo in [[.nan, 0], [0, .infinity]] as [[Float]] {
      let expected = FeaturesError.notFinite(name: "the photo")
      #expect(throws: expected) { try classifier.probabilities(of: photo) }
      #expect(throws: expected) { try classifier.isUnlikeExamples(photo) }
    }
  }

  @Test("rows and labels that do not form examples throw")
  func badExamples() {
    func message(_ rows: [[Float]], _ labels: [Int]) -> String {
      do {
        _ = try LabelledFeatures(classes: ["cat", "dog"], rows: rows, labels: labels)
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      message([[1], [2]], [0])
        == "there are 2 rows and 1 labels; each row of features needs one label")
    for label in [-1, 2] {
      #expect(
        message([[1], [2]], [0, label])
          == "label 1 is \(label); it must be the number of a class, from 0 to 1")
    }
    #expect(message([[], []], [0, 1]) == "row 0 of the examples is empty")
    #expect(
      message([[1, 2], [1]], [0, 1])
        == "row 1 of the examples has 1 numbers, row 0 has 2; "
        + "make all rows with the same network and stage")
    #expect(
      message([[1, 2], [1, .nan]], [0, 1])
        == "row 1 of the examples has NaN or infinity; leave its photo out")
    #expect(message([], []) == "class 'cat' has no example; add one, or remove the class")
  }

  @Test("a single class, classes of one name and a class without examples are refused")
  func refuses() {
    func message(_ classes: [String], _ labels: [Int]) -> String {
      do {
        _ = try LabelledFeatures(
          classes: classes, rows: labels.map { _ in [1, 2] }, labels: labels)
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      message(["cat"], [0, 0]) == "there is only one class, 'cat'; a classifier needs at least two"
    )
    #expect(
      message(["cat", "dog"], [0, 0]) == "class 'dog' has no example; add one, or remove the class")
    #expect(message([], []) == "there are no classes; a classifier needs at least two")
    #expect(message(["cat", "dog"], [0, 1]).isEmpty)
    #expect(
      message(["a", "b", "a"], [0, 1, 2])
        == "two classes have the name 'a'; give each another name")
    // Folders of these two names can be next to each other.
    #expect(message(["e\u{301}", "\u{E9}"], [0, 1]).isEmpty)
  }

  @Test(
    "one example per class is enough to classify, but not to estimate the accuracy",
    arguments: FewShotClassifier.Method.allCases)
  func alone(method: FewShotClassifier.Method) throws {
    let examples = try Self.clusters([1, 1, 1])
    let classifier = FewShotClassifier(examples, method: method, pool: ThreadPool(threads: 2))
    #expect(classifier.validation.accuracy == nil && classifier.validation.alone == 3)
    for (row, label) in zip(examples.rows, examples.labels) {
      #expect(try classifier.probabilities(of: row).firstIndexOfMaximum == label)
    }
    // A row of zeros is similar to no class.
    let none = try classifier.probabilities(of: Array(repeating: 0, count: 12))
    #expect(none.allSatisfy { $0.isFinite })
  }
}
