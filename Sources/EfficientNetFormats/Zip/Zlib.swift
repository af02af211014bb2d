internal import CZlib

/// What zlib does for zip archives and HDF5 files: inflate whole pieces, and sum them.
enum Zlib {
  /// What is around deflated bytes. The number is zlib's: the size of the window, negative without a frame.
  enum Frame: Int32 {
    case zlib = 15
    case none = -15
  }

  /// The most bytes that one deflated byte holds: four codes of 258 bytes each.
  static let maximumRatio = 1032

  /// The bytes that a deflated piece holds, or nil if it is damaged or does not hold exactly `count`.
  static func inflate(_ packed: RawSpan, _ frame: Frame, to count: Int) -> [UInt8]? {
    // What a piece cannot hold is not reserved for it.
    guard count / maximumRatio <= packed.byteCount else { return nil }
    var status = Z_OK
    // zlib wants a place to write to even where there is nothing to write.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(1, count)) { buffer, written in
      var stream = unsafe z_stream()
      // zlib remembers where the stream lies and refuses another address.
      unsafe withUnsafeMutablePointer(to: &stream) { stream in
        unsafe status = inflateInit2_(
          stream, frame.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { unsafe inflateEnd(stream) }
        unsafe stream.pointee.next_out = buffer.baseAddress
        unsafe packed.withUnsafeBytes { input in
          unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.bindMemory(to: UInt8.self).baseAddress)
          var (remaining, free) = (input.count, count)
          // zlib counts in 32 bits.
          while status == Z_OK {
            let (given, room) = (min(remaining, 1 << 30), min(free, 1 << 30))
            unsafe stream.pointee.avail_in = UInt32(given)
            unsafe stream.pointee.avail_out = UInt32(room)
            unsafe status = CZlib.inflate(stream, Z_NO_FLUSH)
            unsafe remaining -= given - Int(stream.pointee.avail_in)
            unsafe free -= room - Int(stream.pointee.avail_out)
          }
          written = count - free
        }
      }
    }
    return status == Z_STREAM_END && bytes.count == count ? bytes : nil
  }

  /// The CRC-32 of bytes that follow others of the sum `previous`.
  static func crc32(_ bytes: RawSpan, after previous: UInt32 = 0) -> UInt32 {
    // Without an address zlib returns the first sum.
    if bytes.isEmpty { return previous }
    return unsafe bytes.withUnsafeBytes { buffer in
      unsafe UInt32(crc32_z(UInt(previous), buffer.baseAddress, buffer.count))
    }
  }
}
