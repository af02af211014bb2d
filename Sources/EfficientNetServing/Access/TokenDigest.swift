internal import CCrypto

/// Returns the SHA-256 of bytes.
func sha256(_ bytes: [UInt8]) -> [UInt8] {
  var digest = [UInt8](repeating: 0, count: 32)
  let status = unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
  precondition(status == 1, "libcrypto failed")
  return digest
}

/// The SHA-256 of a token, in place of the token.
///
/// All comparisons take the same time, so that an attacker learns nothing from it.
struct TokenDigest: Sendable {
  private let bytes: [UInt8]

  init(_ token: some Collection<UInt8>) {
    bytes = sha256(Array(token))
  }

  static func == (first: Self, second: Self) -> Bool {
    unsafe CRYPTO_memcmp(first.bytes, second.bytes, first.bytes.count) == 0
  }
}
