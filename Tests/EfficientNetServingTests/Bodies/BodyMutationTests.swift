import EfficientNetServing
import EfficientNetTestSupport
import Testing

/// Damaged bodies: each must be read or refused with a short message in one line.
@Suite("Damaged bodies") struct BodyMutationTests {
  private let count = Mutations.count(20_000)

  private func checkRefusal(_ error: RequestError) {
    #expect([400, 413, 415].contains(error.status))
    #expect(error.message.utf8.count < 1000)
  }

  @Test(
    "uploads",
    arguments: ["curl", "curl-escaped", "curl-unnamed", "aiohttp", "requests-json"])
  func uploads(client: String) throws {
    let (type, body) = try Fixture.request(client)
    var mutations = Mutations(seed: 25)
    var read = 0
    for index in 0..<count {
      let damaged = mutations.damaged(body)
      let type =
        index % 10 == 0
        ? String(decoding: mutations.damaged(Array(type.utf8)), as: UTF8.self) : type
      do throws(RequestError) {
        let upload = try PhotoUpload(body: damaged, contentType: type)
        // No photo is larger than the body that it comes from.
        #expect(upload.photos.reduce(0) { $0 + $1.bytes.count } <= damaged.count)
        read += 1
      } catch {
        checkRefusal(error)
      }
    }
    #expect(0..<count ~= read)
  }

  @Test("compressed bodies", arguments: ["gzip.gz", "members.gz", "zlib.zz"])
  func compressed(name: String) throws {
    let body = try Fixture.bytes(name)
    let coding: ContentCoding = name.hasSuffix("zz") ? .deflate : .gzip
    var mutations = Mutations(seed: 25)
    for _ in 0..<count {
      do throws(RequestError) {
        #expect(try coding.inflated(mutations.damaged(body), limit: 400).count <= 400)
      } catch {
        checkRefusal(error)
      }
    }
  }

  @Test("inputs that fuzzers found", arguments: ["multipart", "upload"])
  func corpus(name: String) throws {
    let corpus = try Fixture.corpus(name)
    #expect(corpus.count > 10)
    for (type, body) in corpus.map({ Fixture.request($0) }) {
      do throws(RequestError) {
        if name == "multipart" {
          _ = try Multipart(body, contentType: type, limits: .init(parts: 8, headerBytes: 256))
        } else {
          _ = try PhotoUpload(body: body, contentType: type, limits: .init(photos: 4))
        }
      } catch {
        checkRefusal(error)
      }
    }
  }

  @Test("compressed inputs that a fuzzer found")
  func compressedCorpus() throws {
    for input in try Fixture.corpus("inflate") {
      let coding: ContentCoding = input.first == UInt8(ascii: "d") ? .deflate : .gzip
      do throws(RequestError) {
        let bytes = try coding.inflated(Array(input.dropFirst()), limit: 100_000)
        #expect(try coding.inflated(coding.deflated(bytes), limit: bytes.count) == bytes)
      } catch {
        checkRefusal(error)
      }
    }
  }
}
