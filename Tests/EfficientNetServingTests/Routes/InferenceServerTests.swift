import EfficientNet
import EfficientNetCompute
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetServing

@Suite("Routes of the server")
struct InferenceServerTests {
  private struct Photo: Decodable {
    var name: String?
    var predictions: [Prediction]?
    var error: String?
  }

  private struct List: Decodable { let results: [Photo] }

  private struct Tensors: Decodable {
    struct Output: Decodable {
      let name: String
      let shape: [Int]
      let data: [Float]
    }
    let outputs: [Output]
  }

  private static func json<Value: Decodable>(_ answer: ServerAnswer, _ type: Value.Type) throws
    -> Value
  {
    #expect(answer.status == 200, "\(answer.text)")
    return try JSONDecoder().decode(type, from: Data(answer.body))
  }

  private static func form(_ photos: [[UInt8]]) -> (type: String, body: [UInt8]) {
    var body: [UInt8] = []
    for (index, photo) in photos.enumerated() {
      body +=
        "--line\r\nContent-Disposition: form-data; name=p; filename=\"\(index).png\"\r\n\r\n".utf8
      body += photo
      body += "\r\n".utf8
    }
    body += "--line--\r\n".utf8
    return ("multipart/form-data; boundary=line", body)
  }

  @Test("a photo has the same bits on every route as with the classifier")
  func sameBits() async throws {
    let tiny = try await TinyServer()
    for number in 0..<3 {
      let photo = try TinyServer.photo(number)
      let expected = try await tiny.classifier.classify(encoded: photo, top: 4)
      let raw = try Self.json(
        await tiny.request("POST", "/v1/classify?top=4", body: photo), Photo.self)
      #expect(raw.predictions == expected)
      let base64 = Data(photo).base64EncodedString()
      let inJSON = try Self.json(
        await tiny.request(
          "POST", "/v1/classify", [("Content-Type", "application/json")],
          body: Array(#"{"image":"\#(base64)","top":4}"#.utf8)), Photo.self)
      #expect(inJSON.predictions == expected)
      let logits: [Float] = expected.map(\.logit)
      let request = #"""
        {"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["\#(base64)"],
        "parameters":{"content_type":"base64"}}],"outputs":[{"name":"logits"},{"name":"features"}]}
        """#
      let inferred = try Self.json(
        await tiny.request("POST", "/v2/models/tiny/infer", body: Array(request.utf8)),
        Tensors.self)
      #expect(inferred.outputs.map(\.name) == ["logits", "features"])
      #expect(expected.map { inferred.outputs[0].data[$0.index] } == logits)
      let extractor = try Self.json(
        await tiny.request("POST", "/v1/embed", body: photo), Features.self)
      #expect(extractor.features == inferred.outputs[1].data)
    }
  }

  private struct Features: Decodable { let features: [Float] }

  @Test("a normalized image, and pixels of its size, give the photo's answer")
  func tensors() async throws {
    let tiny = try await TinyServer()
    let side = TinyServer.model.description.architecture.resolution
    let pixels = (0..<3 * side * side).map { UInt8(truncatingIfNeeded: $0 &* 7 / 3) }
    let values = pixels.map { (Float($0) - 127) / 128 }
    func request(_ type: String, _ data: String) -> [UInt8] {
      Array(
        #"{"inputs":[{"name":"image","shape":[1,\#(side),\#(side),3],"datatype":"\#(type)","data":\#(data)}]}"#
          .utf8)
    }
    let (bytes, floats) = (
      await tiny.request("POST", "/v2/models/tiny/infer", body: request("UINT8", "\(pixels)")),
      await tiny.request("POST", "/v2/models/tiny/infer", body: request("FP32", "\(values)"))
    )
    let one = try Self.json(bytes, Tensors.self).outputs[0]
    #expect(try Self.json(floats, Tensors.self).outputs[0].data == one.data)
    #expect(one.name == "probabilities" && one.shape == [1, one.data.count])
    #expect(abs(one.data.reduce(0, +) - 1) < 1e-5)
    let nan = await tiny.request(
      "POST", "/v2/models/tiny/infer",
      body: request(
        "FP32",
        "\(values)".replacing("[", with: "[null,", maxReplacements: 1)
          .replacing(", \(values.last ?? 0)]", with: "]")))
    #expect(nan.status == 400, "\(nan.text)")
  }

  @Test("several photos give results in order, and an error where one cannot be read")
  func severalPhotos() async throws {
    let tiny = try await TinyServer()
    let photos = try (0..<5).map { try TinyServer.photo($0) } + [Array("no photo".utf8)]
    let (type, body) = Self.form(photos)
    let list = try Self.json(
      await tiny.request("POST", "/v1/classify", [("Content-Type", type)], body: body), List.self)
    #expect(list.results.map(\.name) == photos.indices.map { "\($0).png" })
    for (photo, result) in zip(photos, list.results).dropLast() {
      let expected = try await tiny.classifier.classify(encoded: photo, top: 5)
      #expect(result.predictions == expected)
    }
    #expect(list.results[5].error == "5.png is not a JPEG, PNG or WebP picture")
  }

  @Test(
    "requests that are refused",
    arguments: [
      ("GET", "/nowhere", "", 404), ("GET", "/v1/classify", "", 405), ("DELETE", "/v2", "", 405),
      ("POST", "/v1/classify", "", 400), ("POST", "/v1/classify", "no photo", 415),
      ("POST", "/v1/classify?top=0", "x", 400), ("POST", "/v1/classify?what=1", "x", 400),
      ("POST", "/v1/classify?model=none", "x", 404), ("GET", "/v2/models/none", "", 404),
      ("GET", "/v2/models/tiny/versions/2", "", 404), ("POST", "/v2/models/tiny/infer", "{", 400),
      ("POST", "/v2/models/tiny/infer", #"{"inputs":[]}"#, 400), ("POST", "/v1/similar", "x", 404),
      ("POST", "/v2/repository/models/tiny/load", "", 403),
      ("POST", "/v2/repository/models/tiny/unload", "", 501),
      ("POST", "/v1/explain?method=magic", "x", 400), ("POST", "/v1/explain?class=none", "x", 400),
      (
        "POST", "/v2/models/tiny/infer",
        #"{"inputs":[{"name":"image","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#, 400
      ),
      (
        "POST", "/v2/models/tiny/infer",
        #"{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}"#, 400
      ),
    ])
  func refusals(method: String, target: String, body: String, status: Int) async throws {
    let tiny = try await TinyServer()
    let answer = await tiny.request(method, target, body: Array(body.utf8))
    #expect(answer.status == status, "\(answer.text)")
    struct Refusal: Decodable { let error: String }
    let refusal = try JSONDecoder().decode(Refusal.self, from: Data(answer.body))
    #expect(!refusal.error.isEmpty && !refusal.error.contains("\n"))
    #expect(answer.field("X-Request-Id")?.count == 32)
    #expect((answer.field("Allow") != nil) == (status == 405))
  }

  @Test("a server without its models is alive but not ready, and one that ends is not ready either")
  func readiness() async throws {
    let tiny = try await TinyServer(isLoaded: false)
    #expect(await tiny.request("GET", "/v2/health/live/").status == 200)
    #expect(await tiny.request("GET", "/v2/health/ready").status == 503)
    let photo = try TinyServer.photo(0)
    #expect(await tiny.request("POST", "/v1/classify", body: photo).status == 503)
    for name in ["tiny", "other"] { try await tiny.server.loadModel(name) }
    #expect(await tiny.request("GET", "/v2/health/ready").status == 200)
    #expect(await tiny.request("GET", "/v2/models/tiny/ready").status == 200)
    tiny.server.drain()
    #expect(await tiny.request("GET", "/v2/health/ready").status == 503)
    #expect(await tiny.request("POST", "/v1/classify", body: photo).status == 200)
  }

  @Test("the photos of a request do not count against it, however short the wait may be")
  func manyPhotos() async throws {
    let tiny = try await TinyServer(maximumWait: .milliseconds(1))
    let (type, body) = Self.form(Array(repeating: try TinyServer.photo(3), count: 40))
    let list = try Self.json(
      await tiny.request("POST", "/v1/classify", [("Content-Type", type)], body: body), List.self)
    #expect(list.results.count == 40 && list.results.allSatisfy { $0.error == nil })
  }

  @Test("limits of the body, of pixels and of photos are answers with the limit")
  func limits() async throws {
    var limits = InferenceServer.Limits()
    (limits.body, limits.pixels, limits.photos) = (20_000, 3000, 2)
    let tiny = try await TinyServer(limits)
    let photo = try TinyServer.photo(3)
    for (target, body, words) in [
      ("/v1/classify", photo, "more than the limit of 3000"),
      ("/v1/classify", [UInt8](repeating: 0, count: 20_001), "more than 20000 bytes"),
    ] {
      let answer = await tiny.request("POST", target, body: body)
      #expect(answer.status == 413 && answer.text.contains(words), "\(answer.text)")
    }
    let (type, body) = Self.form(Array(repeating: Array("x".utf8), count: 3))
    let many = await tiny.request("POST", "/v1/classify", [("Content-Type", type)], body: body)
    #expect(many.status == 413 && many.text.contains("2"), "\(many.text)")
  }

  @Test("with tokens, all but probes, metrics and the page needs one")
  func tokens() async throws {
    let folder = try TemporaryFolder()
    let client = try folder.file("clients", contents: "client-token-0123456789\n").path
    let administrator = try folder.file("administrators", contents: "admin-token-0123456789\n").path
    let tiny = try await TinyServer(
      access: AccessControl(
        clients: Tokens(file: client), administrators: Tokens(file: administrator)))
    for target in ["/", "/openapi.json", "/metrics", "/v2/health/live", "/v2/health/ready"] {
      #expect(await tiny.request("GET", target).status == 200, "\(target)")
    }
    let refused = await tiny.request("GET", "/v2")
    #expect(refused.status == 401 && refused.field("WWW-Authenticate")?.hasPrefix("Bearer") == true)
    func fields(_ token: String) -> [(String, String)] { [("Authorization", "Bearer \(token)")] }
    #expect(await tiny.request("GET", "/v2", fields("client-token-0123456789")).status == 200)
    #expect(await tiny.request("GET", "/v2", fields("client-token-0123456788")).status == 401)
    let load = "/v2/repository/models/tiny/load"
    #expect(await tiny.request("POST", load, fields("client-token-0123456789")).status == 403)
    #expect(await tiny.request("POST", load, fields("admin-token-0123456789")).status == 200)
  }

  @Test(
    "answers of JSON are compressed for clients that take it; a heat map is a picture or numbers")
  func forms() async throws {
    let tiny = try await TinyServer()
    let photo = try TinyServer.photo(1)
    let compressed = await tiny.request(
      "POST", "/v1/embed", [("Accept-Encoding", "gzip")], body: photo)
    if compressed.field("Content-Encoding") == "gzip" {
      #expect(compressed.body.starts(with: [0x1F, 0x8B]))
    }
    let page = await tiny.request("GET", "/", [("Accept-Encoding", "gzip")])
    #expect(page.field("Content-Encoding") == "gzip")
    let picture = await tiny.request("POST", "/v1/explain", [("Accept", "image/png")], body: photo)
    #expect(picture.field("Content-Type") == "image/png")
    let size = try PixelBuffer(decoding: picture.body)
    #expect((size.width, size.height) == (57, 51))
    struct Map: Decodable {
      let width, height: Int
      let map: [[Float]]
    }
    let map = try Self.json(await tiny.request("POST", "/v1/explain", body: photo), Map.self)
    #expect((map.width, map.height) == (57, 51) && !map.map.isEmpty)
  }

  @Test("metrics count requests and photos by model")
  func metrics() async throws {
    let tiny = try await TinyServer()
    for number in 0..<3 {
      _ = await tiny.request("POST", "/v1/classify", body: try TinyServer.photo(number))
    }
    _ = await tiny.request("POST", "/v1/classify", body: Array("no photo".utf8))
    let text = await tiny.request("GET", "/metrics").text
    for line in [
      #"effnet_requests_total{model="tiny",version="1",outcome="ok"} 3"#,
      #"effnet_requests_total{model="tiny",version="1",outcome="invalid"} 1"#,
      #"effnet_photos_total{model="tiny",version="1"} 3"#,
      #"nv_inference_count{model="tiny",version="1"} 3"#, "effnet_lanes 2",
    ] {
      #expect(text.contains("\(line)\n"), "\(line)")
    }
    let statistics = await tiny.request("GET", "/v2/models/tiny/stats").text
    #expect(statistics.contains(#""inference_count":3"#), "\(statistics)")
  }

  @Test("every path of the OpenAPI document exists with its methods, and no other path does")
  func document() async throws {
    struct Document: Decodable { let paths: [String: [String: Operation]] }
    struct Operation: Decodable {}
    let tiny = try await TinyServer()
    let answer = await tiny.request("GET", "/openapi.json")
    let document = try JSONDecoder().decode(Document.self, from: Data(answer.body))
    for (path, operations) in document.paths {
      let segments = path.replacing("{model}", with: "tiny").replacing("{version}", with: "1")
        .split(separator: "/").map(String.init)
      let route = try #require(try Route(segments), "\(path)")
      #expect(operations.keys.contains(route.method.lowercased()), "\(path)")
    }
    #expect(document.paths.count >= 20)
  }
}
