import Testing

@testable import EfficientNetServing

@Suite("Compressed requests of real clients") struct CompressedRequestTests {
  @Test("the header counts the bytes of the uncompressed JSON", arguments: ["gzip", "deflate"])
  func inflated(name: String) throws {
    let recorded = try RecordedRequest(name)
    let coding = try #require(
      try ContentCoding.ofRequest(contentEncoding: recorded.head["content-encoding"]))
    let body = try coding.inflated(recorded.body, limit: 1000)
    #expect(body == (try RecordedRequest("binary").body))
    let header = recorded.head["inference-header-content-length"]
    let request = try InferenceRequest(body: body, headerLength: header, onlyInput: .photo)
    #expect(request == (try RecordedRequest("binary").decoded()))
  }
}
