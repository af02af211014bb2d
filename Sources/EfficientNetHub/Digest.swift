internal import CCrypto

/// The digest of bytes that arrive in pieces, computed by libcrypto.
package struct Digest: ~Copyable {
  /// The digests by which a server or git identifies a file.
  enum Algorithm {
    case sha256
    case sha1
  }

  private let context: OpaquePointer

  init(_ algorithm: Algorithm) {
    let method = unsafe algorithm == .sha256 ? EVP_sha256() : EVP_sha1()
    guard let context = unsafe EVP_MD_CTX_new(),
      unsafe EVP_DigestInit_ex(context, method, nil) == 1
    else { preconditionFailure("libcrypto has no memory, or does not offer \(algorithm)") }
    unsafe self.context = context
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      let status = unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
      precondition(status == 1, "libcrypto failed")
    }
  }

  /// Returns the digest in lower-case hexadecimal.
  consuming func hexadecimal() -> String {
    var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let status = unsafe EVP_DigestFinal_ex(context, &bytes, &count)
    precondition(status == 1, "libcrypto failed")
    return bytes.prefix(Int(count)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  package static func sha256(_ bytes: [UInt8]) -> String {
    var digest = Digest(.sha256)
    digest.update(bytes.span.bytes)
    return digest.hexadecimal()
  }
}
