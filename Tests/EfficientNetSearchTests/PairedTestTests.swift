import EfficientNet
import EfficientNetReports
import Foundation
import Testing

@testable import EfficientNetSearch

/// Networks compared photo by photo.
@Suite("Paired test")
struct PairedTestTests {
  private func photos(_ text: String) -> RightPhotos { RightPhotos(text.map { $0 == "1" }) }

  @Test("right photos are hexadecimal digits in JSON, and others are refused")
  func digits() throws {
    let photos = photos("100000101")
    let json = try JSONEncoder().encode(["x": photos])
    #expect(String(decoding: json, as: UTF8.self) == "{\"x\":\"828\"}")
    #expect(try JSONDecoder().decode([String: RightPhotos].self, from: json)["x"] == photos)
    #expect(photos.bits.count == 12)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([RightPhotos].self, from: Data("[\"8g\"]".utf8))
    }
  }

  @Test("with several seeds, a photo counts for the network with the larger share of right seeds")
  func shares() throws {
    // The first network has 5 right predictions in two seeds, the second 4; both have one photo
    // that all seeds get right.
    let first = [photos("1100"), photos("1110")]
    let second = [photos("1001"), photos("1001")]
    let test = try #require(PairedTest(first, second))
    #expect(test.first == 2 && test.second == 1)
    // With another number of seeds, shares are compared: 1 of 2 equals 2 of 4.
    let four = [photos("10"), photos("10"), photos("01"), photos("01")]
    let equal = try #require(PairedTest([photos("10"), photos("01")], four))
    #expect(equal.first == 0 && equal.second == 0 && equal.probability == 1)
    #expect(PairedTest([], second) == nil && PairedTest(first, []) == nil)
    #expect(PairedTest(first, [photos("1"), photos("11111")]) == nil)
  }

  // 2 · Σ C(n, k) / 2ⁿ from the larger count on, by Python 3.
  @Test(
    "the probability is that of the exact binomial test",
    arguments: [(12, 4, 0.076812744140625), (3, 0, 0.25), (5, 5, 1.0), (2, 1, 1.0)])
  func exact(first: Int, second: Int, expected: Double) throws {
    let both = String(repeating: "1", count: 20)
    func text(_ a: String, _ b: String) -> RightPhotos {
      photos(
        both + String(repeating: a, count: first) + String(repeating: b, count: second))
    }
    let test = try #require(PairedTest([text("1", "0")], [text("0", "1")]))
    #expect(test.first == first && test.second == second)
    #expect(abs(test.probability - expected) < 1e-9)
    #expect(PairedTest([[true]], [[false]])?.probabilityText == "1.000")
  }

  @Test("a sentence compares the two highest networks photo by photo")
  func sentence() throws {
    var architecture = try Variant(named: "b0").architecture
    let candidates = ["a", "b", "c"].enumerated().map { index, name -> Candidate in
      (architecture.name, architecture.dropout) = (name, 0.1 * Double(index))
      return Candidate(architecture)
    }
    func ranking(_ right: [String?]) -> Ranking {
      let results = zip(candidates, right).enumerated().map { index, pair in
        TrialResult(
          Trial(pair.0, seed: 0, epochs: 1), top1: 0.9 - 0.1 * Double(index), loss: 1,
          trainingLoss: 1, seconds: 1, rightPhotos: pair.1.map(photos))
      }
      return Ranking(candidates, results: results, epochs: 1, classes: 10, validationPhotos: 20)
    }
    let first = "11111111111111111100"
    #expect(
      ranking([first, "00000000001111111111", "0"]).pairedRemark(\.name)
        == "On the same photos, a alone gets 10 right, b alone 2; by McNemar's exact test p is "
        + "0.039 for these trainings, which does not cover other seeds. The two are the highest of 3 "
        + "networks, so p is too small.")
    #expect(ranking([first, nil, "0"]).pairedRemark(\.name) == nil, "earlier results")
  }

  @Test("the sentence has the numbers in the order of the means, also with two seeds")
  func twoSeeds() throws {
    var architecture = try Variant(named: "b0").architecture
    let candidates = ["a", "b"].enumerated().map { index, name -> Candidate in
      (architecture.name, architecture.dropout) = (name, 0.1 * Double(index))
      return Candidate(architecture)
    }
    // One seed of two is right on most photos of a, both seeds on a few photos of b.
    let right = [
      ["11111111111100000000", "00000000000000001111"],
      ["00000000000011100000", "00000000000011100000"],
    ]
    let results = zip(candidates, right).flatMap { candidate, seeds in
      seeds.enumerated().map { seed, text in
        TrialResult(
          Trial(candidate, seed: UInt64(seed), epochs: 1),
          top1: Double(text.count { $0 == "1" }) / 20, loss: 1, trainingLoss: 1, seconds: 1,
          rightPhotos: photos(text))
      }
    }
    let ranking = Ranking(
      candidates, results: results, epochs: 1, classes: 20, validationPhotos: 20)
    let standings = ranking.standings
    #expect(standings.map(\.candidate.name) == ["a", "b"])
    #expect(
      ranking.paired(standings[0], standings[1], \.name)
        == "On the same photos, a is right with more of its seeds on 16 photos, b on 3; by the "
        + "sign test p is 0.004 for these trainings, which does not cover other seeds. The margin "
        + "covers them, so choose by the margin.")
    #expect(ranking.verdict == .tie || ranking.verdict == .nearChance, "the margin says otherwise")
  }
}
