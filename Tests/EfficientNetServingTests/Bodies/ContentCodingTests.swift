import EfficientNetServing
import EfficientNetTestSupport
import Testing

@Suite("Compressed bodies") struct ContentCodingTests {
  private let text = Array(
    String(repeating: "tench, goldfish, great white shark\n", count: 100).utf8)

  @Test("answers are smaller and inflate to the same bytes", arguments: ContentCoding.allCases)
  func roundTrip(coding: ContentCoding) throws {
    for bytes in [[], [1], text, (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }] {
      let packed = coding.deflated(bytes)
      #expect(try coding.inflated(packed, limit: bytes.count) == bytes)
    }
    #expect(coding.deflated(text).count < text.count / 10)
  }

  @Test("the limit counts inflated bytes", arguments: ContentCoding.allCases)
  func limit(coding: ContentCoding) {
    let packed = coding.deflated(text)
    let error = refusal { () throws(RequestError) in
      _ = try coding.inflated(packed, limit: text.count - 1)
    }
    #expect(error?.status == 413)
    #expect(error?.message.contains("more than \(text.count - 1) bytes") == true)
  }

  @Test("300 bytes that become 100 kB that become 100 MB take no memory beyond the limit")
  func bomb() async throws {
    if Sanitizer.isActive { return }
    await #expect(processExitsWith: .success) {
      let bomb = try ContentCoding.gzip.inflated(Fixture.bytes("bomb.gz.gz"), limit: 100_000)
      // The array grows from 16 to 20 MB.
      limitAddresses(spare: 48 << 20)
      let error = refusal { () throws(RequestError) in
        _ = try ContentCoding.gzip.inflated(bomb, limit: 20_000_000)
      }
      #expect(error?.status == 413)
    }
  }

  @Test("gzip members follow each other; rubbish does not")
  func members() throws {
    let coding = ContentCoding.gzip
    let member = coding.deflated(text)
    let empty = Array([[UInt8]](repeating: coding.deflated([]), count: 1000).joined())
    #expect(try coding.inflated(empty + member + member, limit: 10_000) == text + text)
    let bytes = Array([[UInt8]](repeating: coding.deflated([7]), count: 100_000).joined())
    #expect(
      try coding.inflated(bytes, limit: 1_000_000) == [UInt8](repeating: 7, count: 100_000))
    #expect(
      refusal { () throws(RequestError) in
        _ = try coding.inflated(member + member, limit: 2 * text.count - 1)
      }?.status == 413)
    for rubbish in [[0], [0x1F], [0x1F, 0x8B], [0x1F, 0x8B, 0xFF], Array(member.dropLast())] {
      let error = refusal { () throws(RequestError) in
        _ = try coding.inflated(member + rubbish, limit: 10_000)
      }
      #expect(error?.status == 400)
    }
    let error = refusal { () throws(RequestError) in
      _ = try ContentCoding.deflate.inflated(
        ContentCoding.deflate.deflated(text) + [1, 2], limit: 10_000)
    }
    #expect(
      error?.message
        == "the body, which Content-Encoding calls deflate, has 2 bytes after its end")
  }

  @Test("damaged bodies are refused", arguments: ContentCoding.allCases)
  func damaged(coding: ContentCoding) {
    let packed = coding.deflated(text)
    var wrongSum = packed
    wrongSum[packed.count - (coding == .gzip ? 5 : 1)] ^= 1
    let other = ContentCoding.allCases.first { $0 != coding }!
    // The last one is deflated without a frame.
    let bodies = [
      [], Array(packed.dropLast()), wrongSum, other.deflated(text), text, [0x4B, 0x04, 0],
    ]
    for body in bodies {
      let error = refusal { () throws(RequestError) in
        _ = try coding.inflated(body, limit: 10_000)
      }
      #expect(error?.status == 400)
    }
  }

  @Test("the compression of a request")
  func request() throws {
    for (header, coding) in [
      (nil, nil), ("", nil), ("identity", nil), ("Identity ", nil), ("gzip", .gzip),
      ("GZip", .gzip), ("x-gzip", .gzip), (" deflate", .deflate),
    ] as [(String?, ContentCoding?)] {
      #expect(try ContentCoding.ofRequest(contentEncoding: header) == coding)
    }
    for header in ["br", "zstd", "gzip, gzip", "gzip, identity", "gzip;q=1", "x-deflate"] {
      let error = refusal { () throws(RequestError) in
        _ = try ContentCoding.ofRequest(contentEncoding: header)
      }
      #expect(error?.status == 415)
      #expect(error?.message.contains(ContentCoding.accepted) == true)
    }
    #expect(ContentCoding.accepted == "gzip, deflate")
  }

  @Test(
    "the compression of an answer",
    arguments: [
      (nil, nil), ("", nil), ("gzip", .gzip), ("deflate", .deflate), ("deflate, gzip", .gzip),
      ("gzip;q=0.5, deflate;q=0.9", .deflate), ("gzip;q=0", nil), ("*", .gzip), ("*;q=0", nil),
      ("gzip;q=0, *", .deflate), ("br, zstd", nil), ("GZIP ; Q=0.1", .gzip), ("identity", nil),
      ("identity;q=1, gzip;q=0.5", nil), ("identity;q=0.5, gzip;q=0.5", .gzip),
      ("identity;q=0, *;q=0", nil), ("gzip;q=nan", nil), ("gzip;q=-1", nil), ("gzip;q=2", nil),
      ("gzip;q=", nil), (",,;, gzip", .gzip), ("gzip, deflate, br, zstd", .gzip),
    ] as [(String?, ContentCoding?)])
  func answer(header: String?, coding: ContentCoding?) {
    #expect(ContentCoding.ofAnswer(acceptEncoding: header, byteCount: 1024) == coding)
    #expect(ContentCoding.ofAnswer(acceptEncoding: header, byteCount: 1023) == nil)
    #expect(ContentCoding.ofAnswer(acceptEncoding: header, byteCount: 2 << 30) == nil)
  }
}
