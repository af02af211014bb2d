import Testing

@testable import EfficientNetServing

@Suite("Answers for real clients") struct ResponseTests {
  @Test(
    "inference answers have the bytes that the clients have read", arguments: KeptAnswer.inference)
  func inference(answer: KeptAnswer) throws { try answer.check() }

  @Test("the other answers have the bytes that the clients have read", arguments: KeptAnswer.others)
  func others(answer: KeptAnswer) throws { try answer.check() }

  @Test("floats come back bit by bit from JSON") func roundTrip() throws {
    let body = KeptAnswer.response([KeptAnswer.numbers]).encoded().body
    let text = String(decoding: body, as: UTF8.self)
    let data = try #require(text.firstMatch(of: /"data":(\[.*?\])/)?.output.1)
    var reader = JSONReader(Array(data.utf8))
    var floats: [Float] = []
    try reader.array { (reader) throws(RequestError) in floats.append(try reader.float()) }
    #expect(InferenceOutput.Values.floats(floats) == KeptAnswer.numbers.values)
    #expect(floats[1].sign == .minus)
  }

  @Test("a repository index may be asked for with or without a body") func indexRequests() throws {
    for (body, isReadyOnly) in [
      ("", false), ("{}", false), (#"{"ready":true}"#, true), (#"{"x":[1],"ready":false}"#, false),
      (#"{"ready":null}"#, false),
    ] {
      #expect(try RepositoryIndexRequest(body: Array(body.utf8)).isReadyOnly == isReadyOnly)
    }
    for body in ["[]", #"{"ready":1}"#, "{} x", "{"] {
      #expect(throws: RequestError.self) { try RepositoryIndexRequest(body: Array(body.utf8)) }
    }
  }
}
