/// An http or https URL, taken apart strictly: what it says here is what the request is sent to.
///
/// URLs that programs are known to read differently (user names, backslashes, spaces) are none here.
struct WebAddress: Hashable, CustomStringConvertible {
  /// Whether the scheme is https.
  let isSecure: Bool
  /// The name or number of the host in lower case, an IPv6 address in brackets.
  let host: String
  /// The port, also where the URL leaves it to the scheme.
  let port: Int
  /// Path and query, from the first "/".
  let path: String

  /// What is between two machines: scheme, host and port.
  struct Origin: Hashable {
    let isSecure: Bool
    let host: String
    let port: Int
  }

  /// Takes a URL apart; nil if it is none. A fragment is dropped.
  init?(_ text: String) {
    guard text.utf8.count <= 8192, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return nil
    }
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
    switch text[..<colon].lowercased() {
    case "https": isSecure = true
    case "http": isSecure = false
    default: return nil
    }
    let rest = text[text.index(colon, offsetBy: 3)...].prefix { $0 != "#" }
    let end = rest.firstIndex { "/?\\".contains($0) } ?? rest.endIndex
    guard let (host, port) = Self.hostAndPort(rest[..<end]) else { return nil }
    self.host = host
    self.port = port ?? (isSecure ? 443 : 80)
    let path = rest[end...]
    guard !path.contains("\\") else { return nil }
    self.path = path.hasPrefix("/") ? String(path) : "/\(path)"
  }

  /// For instance "https://huggingface.co/timm": a port only if it is not the scheme's.
  var description: String { site + path }

  /// For instance "https://huggingface.co".
  var site: String {
    let scheme = isSecure ? "https" : "http"
    return port == (isSecure ? 443 : 80) ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(port)"
  }

  /// Scheme, host and port.
  var origin: Origin { Origin(isSecure: isSecure, host: host, port: port) }

  /// The address that a redirect from here names: a URL, or a part of one; nil if it names none.
  func redirected(to location: String) -> WebAddress? {
    if location.hasPrefix("//") { return WebAddress((isSecure ? "https:" : "http:") + location) }
    if location.hasPrefix("/") { return WebAddress(site + location) }
    let beforeQuery = location.prefix { !"/?#".contains($0) }
    if beforeQuery.contains(":") { return WebAddress(location) }
    let base = path.prefix { $0 != "?" }
    if location.isEmpty || location.hasPrefix("?") { return WebAddress(site + base + location) }
    // The base starts with "/".
    let folder = base[...(base.lastIndex(of: "/") ?? base.startIndex)]
    return WebAddress(site + folder + location)
  }

  private static func hostAndPort(_ text: Substring) -> (host: String, port: Int?)? {
    var (host, port) = (text, Substring())
    if text.hasPrefix("[") {
      guard let bracket = text.firstIndex(of: "]") else { return nil }
      host = text[...bracket]
      port = text[bracket...].dropFirst()
      guard host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || ".:".contains($0) }) else {
        return nil
      }
    } else {
      host = text.prefix { $0 != ":" }
      port = text[host.endIndex...]
      guard host.allSatisfy({ $0.isLetter || $0.isNumber || ".-_".contains($0) }) else {
        return nil
      }
    }
    guard !host.isEmpty, host.utf8.count <= 255 else { return nil }
    if port.isEmpty { return (host.lowercased(), nil) }
    let digits = port.dropFirst()
    guard port.hasPrefix(":"), !digits.isEmpty, digits.allSatisfy(\.isNumber),
      let number = Int(digits), (1...65535).contains(number)
    else { return nil }
    return (host.lowercased(), number)
  }
}
