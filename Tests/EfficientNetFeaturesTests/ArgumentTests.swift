import EfficientNetCompute
import EfficientNetFeatures
import Testing

@Suite("Wrong arguments of tables")
struct ArgumentTests {
  private static let messages = [
    "row is 3; it must be at least 0 and below 3",
    "row is -1; it must be at least 0 and below 2",
    "dimensions is 0; it must be at least 1",
    "elements has 3 numbers; it must have a multiple of 2",
    "a row has 1 numbers; it must have as many as the first, 2",
    "a row has 0 numbers; it must have at least 1",
    "there are 1 names; there must be one for each row, 2",
  ]

  @Test("the message names the argument, its value and the valid values", arguments: 0..<7)
  func message(number: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [number] in
      switch number {
      case 0: _ = FeatureNames(["a", "b", "c"])[3]
      case 1: _ = FeatureMatrix([[1], [2]])[-1]
      case 2: _ = FeatureMatrix(dimensions: 0, elements: [])
      case 3: _ = FeatureMatrix(dimensions: 2, elements: [1, 2, 3])
      case 4: _ = FeatureMatrix([[1, 2], [3]])
      case 5: _ = FeatureMatrix([[]])
      default: _ = FeatureTable(source: "", names: ["a"], rows: FeatureMatrix([[1], [2]]))
      }
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains(Self.messages[number]), "\(message)")
  }
}
