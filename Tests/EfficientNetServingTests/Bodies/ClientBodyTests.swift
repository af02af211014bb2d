import EfficientNetServing
import Testing

/// The bodies that curl and Python's clients send, in Fixtures/bodies.
@Suite("Bodies of real clients") struct ClientBodyTests {
  @Test(
    "two photos and a field",
    arguments: [
      ("curl", "ä %22b%22;.jpg"), ("requests", "ä %22b%22;.jpg"), ("httpx", "ä %22b%22;.jpg"),
      ("aiohttp", "%C3%A4%20%22b%22%3B.jpg"),
    ])
  func twoPhotos(client: String, second: String) throws {
    let upload = try Fixture.upload(client)
    #expect(upload.photos.map(\.name) == ["a.png", second])
    #expect(upload.photos.map { Array($0.bytes) } == [Fixture.first, Fixture.second])
    #expect(upload.fields == ["top": "3"])
    #expect(upload.isList)
  }

  @Test("curl's ways to name a file")
  func names() throws {
    for (form, name) in [
      ("escaped", "ä \"b\";.jpg"), ("path", #"C:\new\a.png"#), ("pipe", "-"), ("unnamed", "photo"),
      ("empty", "empty.jpg"),
    ] {
      let upload = try Fixture.upload("curl-\(form)")
      #expect(upload.photos.map(\.name) == [name])
      #expect(!upload.isList)
    }
    #expect(try Fixture.upload("curl-unnamed").fields == ["model": "lite0"])
    #expect(try Fixture.upload("curl-empty").photos[0].bytes.isEmpty)
  }

  @Test("a forgotten @ is explained")
  func forgotten() throws {
    let error = #expect(throws: RequestError.self) { try Fixture.upload("curl-forgotten") }
    #expect(error?.status == 400)
    #expect(error?.message.hasPrefix("unknown field 'photo'") == true)
    #expect(error?.message.contains("curl -F photo=@cat.jpg") == true)
  }

  @Test("a body of another type is one photo")
  func raw() throws {
    let (type, body) = try Fixture.request("curl-raw")
    #expect(type == "application/x-www-form-urlencoded")
    for type in [type, "image/jpeg", "text/plain", "nonsense;;", "", nil] {
      let upload = try PhotoUpload(body: body, contentType: type)
      #expect(upload.photos.map(\.name) == ["photo"])
      #expect(upload.photos.map { Array($0.bytes) } == [Fixture.first])
      #expect(!upload.isList)
    }
  }

  @Test("a JSON list")
  func json() throws {
    let upload = try Fixture.upload("requests-json")
    #expect(upload.photos.map { Array($0.bytes) } == [Fixture.first, Fixture.second])
    #expect(upload.photos.map(\.name) == ["images[0]", "images[1]"])
    #expect(upload.fields == ["top": "3", "model": "lite0"])
    #expect(upload.isList)
  }

  @Test("gzip's and zlib's files")
  func compressed() throws {
    let parts = Fixture.first + Fixture.second
    for (name, coding, expected) in [
      ("gzip.gz", ContentCoding.gzip, Fixture.first), ("members.gz", .gzip, parts),
      ("zlib.zz", .deflate, parts),
    ] {
      let body = try Fixture.bytes(name)
      #expect(try coding.inflated(body, limit: expected.count) == expected)
    }
  }
}
