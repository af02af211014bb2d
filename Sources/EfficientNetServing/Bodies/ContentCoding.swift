internal import CZlib

/// The compression of a body in HTTP: gzip, or deflate in zlib's frame.
///
/// Source: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1), 8.4.1, and
/// [RFC 1952](https://www.rfc-editor.org/rfc/rfc1952).
package enum ContentCoding: String, CaseIterable, Sendable {
  case gzip, deflate

  /// The value of Accept-Encoding for answers with status 415: "gzip, deflate".
  package static let accepted = allCases.map(\.rawValue).joined(separator: ", ")

  /// Answers with fewer bytes are not compressed.
  package static let leastByteCount = 1024

  /// Returns the compression of a request's body; nil for none.
  ///
  /// - Parameter contentEncoding: The header Content-Encoding; nil without one.
  /// - Throws: ``RequestError`` with status 415 for another compression, and for several.
  package static func ofRequest(contentEncoding: String?) throws(RequestError) -> ContentCoding? {
    let names = (contentEncoding ?? "").split { $0 == "," || $0.isWhitespace }
      .map { $0.lowercased() }
    guard let name = names.first, names != ["identity"] else { return nil }
    let coding = name == "x-gzip" ? gzip : ContentCoding(rawValue: name)
    guard names.count == 1, let coding else {
      throw RequestError(
        status: 415,
        message: "the encoding \(names.joined(separator: ", ").inQuotes) of the body is not known; "
          + "use one of \(accepted)")
    }
    return coding
  }

  /// Returns the compression of an answer; nil for none.
  ///
  /// - Parameters:
  ///   - acceptEncoding: The request's header Accept-Encoding; nil without one.
  ///   - byteCount: The bytes of the answer.
  package static func ofAnswer(acceptEncoding: String?, byteCount: Int) -> ContentCoding? {
    guard let acceptEncoding, leastByteCount...(1 << 30) ~= byteCount else { return nil }
    var weights: [String: Double] = [:]
    for entry in acceptEncoding.split(separator: ",") {
      let fields = entry.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
      guard let name = fields.first else { continue }
      let weight = fields.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2) ?? "1"
      // An entry that is not understood allows nothing.
      weights[name] = Double(weight).flatMap { 0...1 ~= $0 ? $0 : nil } ?? 0
    }
    func weight(_ coding: ContentCoding) -> Double {
      weights[coding.rawValue] ?? weights["*"] ?? 0
    }
    // Of two equal ones, `max` returns the first: gzip.
    guard let best = allCases.max(by: { weight($0) < weight($1) }),
      weight(best) > 0, weight(best) >= weights["identity"] ?? 0
    else { return nil }
    return best
  }

  /// Inflates a body. A gzip body may have several members.
  ///
  /// - Parameter limit: The maximum number of inflated bytes.
  /// - Throws: ``RequestError``: 413 beyond the limit, before more is allocated, 400 for a damaged
  ///   body and for bytes after its end.
  package func inflated(_ body: [UInt8], limit: Int) throws(RequestError) -> [UInt8] {
    var inflater = Inflater(self == .gzip ? .gzip : .zlib)
    var (result, done): ([UInt8], Int) = ([], 0)
    result.reserveCapacity(min(limit, 4 * body.count))
    while true {
      if result.count == result.capacity {
        // An array would double its capacity, beyond the limit.
        let growth = min(limit - result.count, max(1 << 16, result.count)) + 1
        result.reserveCapacity(result.count + growth)
      }
      // One byte beyond the limit shows that the body is too large.
      let room = min(result.capacity - result.count - 1, limit - result.count) + 1
      var progress = Inflater.Progress.more
      result.append(addingCapacity: room) { output in
        let step = inflater.inflate(body.span.bytes.extracting(done...), into: &output)
        done += step.taken
        progress = step.progress
      }
      guard result.count <= limit else {
        throw RequestError(
          status: 413, message: "the body inflates to more than \(limit) bytes, which is the limit")
      }
      switch progress {
      case .more: continue
      case .truncated: throw refusal("ends too early")
      case .damaged: throw refusal("is damaged, or compressed in another way")
      case .end:
        if done == body.count { return result }
        guard self == .gzip, body[done...].starts(with: [0x1F, 0x8B]) else {
          throw refusal("has \(body.count - done) bytes after its end")
        }
        inflater.restart()
      }
    }
  }

  private func refusal(_ reason: String) -> RequestError {
    RequestError(
      status: 400, message: "the body, which Content-Encoding calls \(rawValue), \(reason)")
  }

  /// Compresses an answer, fast rather than small.
  ///
  /// - Precondition: It has at most 1 GB.
  package func deflated(_ answer: [UInt8]) -> [UInt8] {
    precondition(answer.count <= 1 << 30, "an answer of \(answer.count) bytes")
    var stream = unsafe z_stream()
    // zlib requires that the stream keep its address.
    return unsafe withUnsafeMutablePointer(to: &stream) { stream in
      let frame: Inflater.Frame = self == .gzip ? .gzip : .zlib
      let status = unsafe deflateInit2_(
        stream, Z_BEST_SPEED, Z_DEFLATED, frame.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
      precondition(status == Z_OK, "zlib has no memory")
      defer { unsafe deflateEnd(stream) }
      let bound = unsafe Int(deflateBound(stream, UInt(answer.count)))
      return unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, written in
        unsafe answer.withUnsafeBufferPointer { input in
          unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
          unsafe stream.pointee.avail_in = UInt32(input.count)
          unsafe stream.pointee.next_out = buffer.baseAddress
          unsafe stream.pointee.avail_out = UInt32(bound)
          let status = unsafe CZlib.deflate(stream, Z_FINISH)
          precondition(status == Z_STREAM_END, "zlib's bound was too small")
        }
        written = unsafe bound - Int(stream.pointee.avail_out)
      }
    }
  }
}
