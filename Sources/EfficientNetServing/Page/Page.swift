internal import EfficientNet
internal import FoundationEssentials

extension InferenceServer {
  /// The page to try the server. The browser may load nothing else, and runs only the page's own
  /// script.
  func page() -> ServerAnswer {
    var answer = ServerAnswer(PackageResources.index_html, type: "text/html; charset=utf-8")
    answer.fields += [
      ("Content-Security-Policy", Self.pagePolicy), ("Referrer-Policy", "no-referrer"),
      ("Cache-Control", "no-cache"),
    ]
    return answer
  }

  /// The description of all paths.
  func openAPI() -> ServerAnswer {
    ServerAnswer(PackageResources.openapi_json, type: "application/json")
  }

  /// Only what stands in the page itself, known by its digest, is run or drawn.
  private static let pagePolicy: String = {
    let page = String(decoding: PackageResources.index_html, as: UTF8.self)
    func digest(of tag: String) -> String {
      let text =
        page.components(separatedBy: "<\(tag)>").dropFirst().first?
        .components(separatedBy: "</\(tag)>").first ?? ""
      return "'sha256-\(Data(sha256(Array(text.utf8))).base64EncodedString())'"
    }
    return
      "default-src 'none'; script-src \(digest(of: "script")); style-src \(digest(of: "style")); "
      + "img-src 'self' blob: data:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; "
      + "base-uri 'none'"
  }()
}
