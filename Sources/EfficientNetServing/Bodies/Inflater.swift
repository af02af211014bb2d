internal import CZlib

/// Inflates deflated bytes piece by piece, by zlib.
struct Inflater: ~Copyable {
  /// The frame around deflated bytes. Raw values are zlib's window sizes.
  enum Frame: Int32 {
    case zlib = 15
    case gzip = 31
  }

  /// The progress of a step.
  enum Progress {
    case more, end
    /// The input ended, or the output was full from the beginning.
    case truncated
    case damaged
  }

  // zlib requires that the stream keep its address.
  private let stream: UnsafeMutablePointer<z_stream>
  private let isUsable: Bool

  init(_ frame: Frame) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // It fails without memory; then nothing can be inflated.
    unsafe isUsable =
      inflateInit2_(stream, frame.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      == Z_OK
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Expects the beginning of another frame.
  mutating func restart() { unsafe inflateReset(stream) }

  /// Inflates from the front of `input` until `output` is full, the input or the frame ends.
  ///
  /// - Returns: The number of bytes taken, and the progress.
  mutating func inflate(
    _ input: RawSpan, into output: inout OutputSpan<UInt8>
  ) -> (taken: Int, progress: Progress) {
    guard isUsable else { return (0, .damaged) }
    // zlib counts in 32 bits.
    let (given, room) = (min(input.byteCount, 1 << 30), min(output.freeCapacity, 1 << 30))
    let status = unsafe input.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBufferPointer { buffer, count in
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
          mutating: input.bindMemory(to: UInt8.self).baseAddress)
        unsafe stream.pointee.avail_in = UInt32(given)
        unsafe stream.pointee.next_out = buffer.baseAddress.map { unsafe $0 + count }
        unsafe stream.pointee.avail_out = UInt32(room)
        let status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        unsafe count += room - Int(stream.pointee.avail_out)
        return status
      }
    }
    let progress: Progress =
      switch status {
      case Z_OK: .more
      case Z_STREAM_END: .end
      case Z_BUF_ERROR: .truncated
      default: .damaged
      }
    return unsafe (given - Int(stream.pointee.avail_in), progress)
  }
}
