import EfficientNetServing
import Testing

@Suite("Identifiers of requests") struct RequestIdentifierTests {
  @Test("a safe X-Request-Id is kept")
  func kept() {
    for id in ["a", "Abc-1.2_3", String(repeating: "x", count: 128)] {
      #expect(RequestIdentifier(requestID: id, traceparent: nil).id == id)
    }
  }

  @Test("others are replaced by a random one")
  func replaced() {
    var ids: Set<String> = []
    for id in [nil, "", " a", "a b", "ä", "a\n", "a\"b", String(repeating: "x", count: 129)] {
      let new = RequestIdentifier(requestID: id, traceparent: nil).id
      #expect(new.utf8.count == 32 && new.allSatisfy(\.isHexDigit))
      ids.insert(new)
    }
    #expect(ids.count == 8)
  }

  private let trace = "0af7651916cd43dd8448eb211c80319c"

  @Test("a valid traceparent has a trace")
  func traces() {
    for header in [
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff-more",
      "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
    ] {
      #expect(RequestIdentifier(requestID: nil, traceparent: header).traceID == trace)
    }
  }

  @Test(
    "others are ignored",
    arguments: [
      "", "00", "-", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
      "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "00-00000000000000000000000000000000-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
      "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
      "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
      " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
    ])
  func ignored(header: String) {
    #expect(RequestIdentifier(requestID: nil, traceparent: header).traceID == nil)
  }
}
