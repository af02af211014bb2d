import EfficientNetServing
import Testing

@Suite("Multipart bodies") struct MultipartTests {
  private let type = "multipart/form-data; boundary=x"

  /// Parses text whose lines end in CR LF.
  private func parse(
    _ text: String, type: String? = nil, limits: Multipart.Limits = .init()
  ) throws(RequestError) -> Multipart {
    try Multipart(
      Array(text.replacing("\n", with: "\r\n").utf8), contentType: type ?? self.type,
      limits: limits)
  }

  private func part(_ body: String, name: String = "a", line: String = "--x") -> String {
    "\(line)\nContent-Disposition: form-data; name=\"\(name)\"\n\n\(body)\n"
  }

  private func text(_ multipart: Multipart) -> [String] {
    multipart.parts.map { String(decoding: $0.body, as: UTF8.self) }
  }

  @Test("the parts are between the boundaries; text around them is ignored")
  func parts() throws {
    let body = part("one") + part("two\n", name: "b") + part("")
    for (before, after) in [
      ("", ""), ("\n", "\n"), ("This is a preamble.\n--y\n", "\nAn epilogue.\n--x\n"),
    ] {
      let multipart = try parse(before + body + "--x--" + after)
      #expect(text(multipart) == ["one", "two\r\n", ""])
      #expect(multipart.parts.map(\.name) == ["a", "b", "a"])
    }
  }

  @Test("the boundary may be in quotation marks, and its parameter anywhere")
  func boundaries() throws {
    for type in [
      "multipart/form-data; boundary=\"x\"", "Multipart/Form-Data;BOUNDARY=x;",
      "multipart/form-data; charset=utf-8; boundary=x", "multipart/form-data;boundary = x ; a=b",
    ] {
      #expect(text(try parse(part("one") + "--x--", type: type)) == ["one"])
    }
    let spaced = "a b'()+_,-./:=?c"
    let body = part("one", line: "--" + spaced) + "--\(spaced)--"
    #expect(
      text(try parse(body, type: "multipart/form-data; boundary=\"\(spaced)\"")) == ["one"])
  }

  @Test("blanks after a boundary belong to its line")
  func padding() throws {
    #expect(text(try parse(part("one", line: "--x \t") + "--x--  ")) == ["one"])
  }

  @Test("a line that only begins like the boundary belongs to the part")
  func similarLines() throws {
    let body = "a\n--xy\n--x-\n--x--y\n --x\n--x y"
    #expect(
      text(try parse(part(body) + "--x--")) == [body.replacing("\n", with: "\r\n")])
    // Lines that end in LF alone do not separate parts.
    let bytes = Array(
      "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\n--x\n2\r\n--x--".utf8)
    #expect(text(try Multipart(bytes, contentType: type)) == ["1\n--x\n2"])
  }

  @Test("a part without a body may end with the line break of its empty line")
  func noBody() throws {
    #expect(
      text(try parse("--x\nContent-Disposition: form-data; name=a\n\n--x--")) == [""])
  }

  @Test("no parts at all are no error")
  func noParts() throws { #expect(try parse("--x--").parts.isEmpty) }

  @Test("bodies share the storage of the request")
  func slices() throws {
    let bytes = Array(
      "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nphoto\r\n--x--".utf8)
    let part = try #require(try Multipart(bytes, contentType: type).parts.first)
    #expect(bytes[part.body.indices] == part.body)
  }

  @Test(
    "names of files",
    arguments: [
      (#"filename="cat.jpg""#, "cat.jpg"), ("filename=cat.jpg", "cat.jpg"),
      (#"FileName = "a;b=\"c\"\\.jpg" ; x=y"#, #"a;b="c"\.jpg"#),
      (#"filename="C:\new\cat.jpg""#, #"C:\new\cat.jpg"#), (#"filename="""#, ""),
      (#"filename="ä%22.jpg""#, "ä%22.jpg"), ("filename=cat.jpg;", "cat.jpg"),
      ("filename*=utf-8''%C3%A4%20b.jpg", "ä b.jpg"),
      (#"filename="a.jpg"; filename*=UTF-8'en'%e4%BD%a0.jpg"#, "你.jpg"),
    ])
  func fileNames(parameter: String, name: String) throws {
    let body = "--x\nContent-Disposition: form-data; name=a; \(parameter)\n\n\n--x--"
    #expect(try parse(body).parts.map(\.fileName) == [name])
  }

  @Test("a media type is in lower case, without its parameters")
  func mediaType() throws {
    let body =
      "--x\ncontent-type:Image/JPEG; q=\"a;b\"\nCONTENT-DISPOSITION:form-data;name=a\n\n\n--x--"
    #expect(try parse(body).parts.map(\.contentType) == ["image/jpeg"])
  }

  @Test(
    "malformed bodies are refused with what is wrong",
    arguments: [
      ("", "no line '--x'"), ("x", "no line '--x'"), ("--x", "no line '--x'"),
      ("--y--", "no line '--x'"), ("--x\n", "headers of part 1"),
      ("--x\na: b\n", "headers of part 1"), ("--x\n\n1\n--x--", "part 1 has no 'Content-Disp"),
      ("--x\nContent-Type: a\n\n1\n--x--", "part 1 has no 'Content-Disp"),
      ("--x\nContent-Disposition: attachment; name=a\n\n1\n--x--", "part 1 has no 'Content-Disp"),
      ("--x\nContent-Disposition: form-data\n\n1\n--x--", "part 1 has no 'Content-Disp"),
      ("--x\nContent-Disposition: form-data; name=a\n\n1", "part 1 does not end"),
      ("--x\nContent-Disposition: form-data; name=a\n\n1\n--x-", "part 1 does not end"),
      ("--x\nnonsense\n\n1\n--x--", "malformed header: 'nonsense'"),
      ("--x\n: b\n\n1\n--x--", "malformed header: ': b'"),
      ("--x\na: \u{0}\n\n1\n--x--", "malformed header"),
      ("--x\na: b\n  folded\n\n1\n--x--", "malformed header: '  folded'"),
      ("--x\na: b\nA: c\n\n1\n--x--", "the header 'a' twice"),
      ("--x\nContent-Disposition: form-data; name=a; NAME=b\n\n1\n--x--", "has 'name' twice"),
      ("--x\nContent-Disposition: form-data; name=\"a\n\n1\n--x--", "misplaced quotation marks"),
      ("--x\nContent-Disposition: form-data; name=\"a\"b\n\n1\n--x--", "misplaced quotation marks"),
      ("--x\nContent-Disposition: form-data; name=a\"b\n\n1\n--x--", "misplaced quotation marks"),
      ("--x\nContent-Disposition: form-data; name\n\n1\n--x--", "'name' without a value"),
      ("--x\nContent-Disposition: form-data; =a\n\n1\n--x--", "'' without a value"),
      (
        "--x\nContent-Disposition: form-data; name=a; filename*=latin1''a\n\n1\n--x--",
        "invalid file name: 'latin1''a'"
      ),
      (
        "--x\nContent-Disposition: form-data; name=a; filename*=utf-8''%-0\n\n1\n--x--",
        "invalid file name"
      ),
      (
        "--x\nContent-Disposition: form-data; name=a; filename*=utf-8''%ff\n\n1\n--x--",
        "invalid file name"
      ),
      (
        "--x\nContent-Disposition: form-data; name=a\nContent-Transfer-Encoding: base64\n\n1\n--x--",
        "transfer encoding 'base64'"
      ),
      (
        "--x\nContent-Disposition: form-data; name=a\nContent-Type: multipart/mixed; boundary=y"
          + "\n\n--y\n\n1\n--y--\n--x--",
        "part 1 is multipart itself"
      ),
    ])
  func malformed(body: String, reason: String) throws {
    let error = try #require(refusal { () throws(RequestError) in _ = try parse(body) })
    #expect(error.status == 400)
    #expect(error.message.contains(reason), "\(error.message)")
  }

  @Test(
    "boundaries that the standard forbids are refused",
    arguments: [
      "multipart/form-data", "multipart/form-data; boundary", "multipart/form-data; boundary=",
      "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=\"x \"",
      "multipart/form-data; boundary=\"x\r\ny\"", "multipart/form-data; boundary=ä",
      "multipart/form-data; boundary=x; boundary=x", "multipart/form-data; boundary=\"x",
      "multipart/form-data; boundary=" + String(repeating: "x", count: 71),
    ])
  func forbiddenBoundaries(type: String) {
    #expect(
      refusal { () throws(RequestError) in _ = try parse(part("1") + "--x--", type: type) }?.status
        == 400)
  }

  @Test("the numbers of parts and of bytes of headers are limited")
  func limits() throws {
    let three = part("") + part("") + part("") + "--x--"
    #expect(try parse(three, limits: .init(parts: 3)).parts.count == 3)
    let error = refusal { () throws(RequestError) in _ = try parse(three, limits: .init(parts: 2)) }
    #expect(error?.status == 413)
    #expect(error?.message.contains("more than 2 parts") == true)

    // The headers of a part have 44 bytes with the empty line.
    let one = part("123") + "--x--"
    #expect(try parse(one, limits: .init(headerBytes: 44)).parts.count == 1)
    let large = refusal { () throws(RequestError) in
      _ = try parse(one, limits: .init(headerBytes: 43))
    }
    #expect(large?.status == 413)
    #expect(large?.message.contains("more than 43 bytes") == true)
  }

  @Test("hostile bodies take time in proportion to their bytes")
  func linear() {
    let boundary = String(repeating: "-", count: 70)
    let type = "multipart/form-data; boundary=\(boundary)"
    let head = "--\(boundary)\r\nContent-Disposition: form-data; name=a\r\n\r\n"
    let start = ContinuousClock.now
    for filler in [
      "\r", "\r\n", "\r\n-", "\r\n--\(boundary.dropLast())", "\r\n--\(boundary) ", "-", " ",
    ] {
      let count = 500_000 / filler.utf8.count
      let body = Array((head + String(repeating: filler, count: count)).utf8)
      let error = refusal { () throws(RequestError) in
        _ = try Multipart(body, contentType: type)
      }
      #expect(error?.status == 400 || error?.status == 413)
    }
    // In debug builds, a second; with time that grows with the square, hours.
    #expect(ContinuousClock.now - start < .seconds(60))
  }
}
