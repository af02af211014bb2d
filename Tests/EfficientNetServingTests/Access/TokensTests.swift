import EfficientNetSystem
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetServing

@Suite("Tokens") struct TokensTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func tokens(_ text: String, mode: Int = 0o600) throws -> Tokens {
    let path = folder.path("tokens.txt")
    try folder.write(Array(text.utf8), "tokens.txt")
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return try Tokens(file: path)
  }

  private let one = "0123456789abcdef"
  private let two = "-._~+/ABCDEFGHIJ=="

  @Test("a file has a token a line, with or without a name")
  func file() throws {
    let tokens = try tokens("# Tokens\n\n\(one)\r\n  camera-7 :  \(two)\t\n#\(one)x\n")
    #expect(tokens.count == 2)
    #expect(tokens.holder(authorization: "Bearer \(one)") == Tokens.Holder(name: nil))
    #expect(tokens.holder(authorization: "bearer  \(two)") == Tokens.Holder(name: "camera-7"))
    for wrong in [
      "", "Bearer", "Bearer ", one, "Basic \(one)", "Bearer \(one)x", "Bearer \(one) \(one)",
      "Bearer \(one.dropLast())", "Bearer camera-7:\(two)", "Bearer #\(one)x",
      "Bearer " + String(repeating: "x", count: 100_000),
    ] {
      #expect(tokens.holder(authorization: wrong) == nil)
    }
  }

  @Test(
    "mistakes in a file are errors that name the line but no token",
    arguments: [
      ("", "no token"), ("# a\n\n", "no token"), ("secretsecretsec", "line 1: the token has 15"),
      ("a:\n", "line 1: the token has 0"), ("\nsecret secretsecret", "line 2: a token has letters"),
      ("secretsecretsecretä", "line 1: a token has"), ("secretsecretsecret=x", "a token has"),
      ("================", "a token has"), ("secretsecretsecret # a", "a token has"),
      ("\u{FEFF}secretsecretsecret", "a token has"), ("a b: secretsecretsecret", "a name has"),
      (": secretsecretsecret", "a name has"), ("a:b:secretsecretsecret", "a token has"),
      ("secretsecretsecret\nb: secretsecretsecret", "line 2: the token stands in the file twice"),
      (String(repeating: "n", count: 65) + ": secretsecretsecret", "a name has"),
    ])
  func mistakes(text: String, reason: String) throws {
    let error = try #require(throws: FileError.self) { _ = try tokens(text) }
    #expect(error.description.contains(reason), "\(error)")
    #expect(!error.description.contains("secret"))
  }

  @Test("no file is an error")
  func noFile() {
    #expect(throws: FileError.self) { try Tokens(file: folder.path("none")) }
    #expect(throws: FileError.self) { try Tokens(file: folder.url.path) }
  }

  @Test("a file that others can read gives advice")
  func permissions() throws {
    #expect(try tokens(one, mode: 0o600).note == nil)
    #expect(try tokens(one, mode: 0o400).note == nil)
    for mode in [0o640, 0o604] {
      #expect(try tokens(one, mode: mode).note?.hasSuffix("run chmod 600 on the file") == true)
    }
  }

  @Test("tokens are not shown")
  func dumps() throws {
    let tokens = try tokens("a: \(one)")
    var dumped = ""
    dump(tokens, to: &dumped)
    for text in ["\(tokens)", String(reflecting: tokens), dumped] { #expect(!text.contains(one)) }
  }

  @Test("without tokens, routes are open and administration is off")
  func open() throws {
    let access = AccessControl()
    #expect(try access.checkClient(authorization: nil) == nil)
    #expect(try access.checkClient(authorization: "Bearer x") == nil)
    let error = refusal { () throws(RequestError) in
      _ = try access.checkAdministrator(authorization: nil)
    }
    #expect(error?.status == 403)
  }

  @Test("clients and administrators")
  func roles() throws {
    let access = AccessControl(
      clients: try tokens("a: \(one)"), administrators: try tokens("b: \(two)"))
    #expect(try access.checkClient(authorization: "Bearer \(one)")?.name == "a")
    #expect(try access.checkClient(authorization: "Bearer \(two)")?.name == "b")
    #expect(try access.checkAdministrator(authorization: "Bearer \(two)").name == "b")
    func status(_ header: String?, isAdministrator: Bool) -> Int? {
      refusal { () throws(RequestError) in
        if isAdministrator {
          _ = try access.checkAdministrator(authorization: header)
        } else {
          _ = try access.checkClient(authorization: header)
        }
      }?.status
    }
    #expect(status("Bearer \(one)", isAdministrator: true) == 403)
    for header in [nil, "", "Bearer x", "Basic \(one)"] {
      #expect(status(header, isAdministrator: true) == 401)
      #expect(status(header, isAdministrator: false) == 401)
    }
    #expect(AccessControl.challenge.hasPrefix("Bearer "))
  }

  @Test("digests are SHA-256")
  func digests() {
    var text = ""
    dump(TokenDigest("abc".utf8), to: &text)
    // The first bytes of FIPS 180-4's example are ba 78 16 bf.
    #expect(text.contains("- 186\n") && text.contains("- 120\n") && text.contains("- 22\n"))
    #expect(TokenDigest("abc".utf8) == TokenDigest("abc".utf8))
    #expect(!(TokenDigest("abc".utf8) == TokenDigest("abd".utf8)))
  }
}
