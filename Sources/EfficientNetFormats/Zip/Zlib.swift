internal import CZlib

/// The functions of zlib that zip archives and HDF5 files need: inflation of whole pieces, and
/// CRC-32.
enum Zlib {
  /// The frame around deflated bytes. Raw values are zlib's window sizes, which are negative
  /// without a frame.
  enum Frame: Int32 {
    case zlib = 15
    case none = -15
  }

  /// The largest number of bytes that one deflated byte encodes: four codes of 258 bytes each.
  static let maximumRatio = 1032

  /// Returns the inflated bytes, or nil if the piece is damaged or does not have exactly `count`
  /// bytes.
  static func inflate(_ packed: RawSpan, _ frame: Frame, to count: Int) -> [UInt8]? {
    // Do not allocate more than the piece can contain.
    guard count / maximumRatio <= packed.byteCount else { return nil }
    var status = Z_OK
    // zlib requires a buffer even if there is nothing to write.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(1, count)) { buffer, written in
      var stream = unsafe z_stream()
      // zlib requires that the stream keep its address.
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

  /// Returns the CRC-32 of bytes behind others with the checksum `previous`.
  static func crc32(_ bytes: RawSpan, after previous: UInt32 = 0) -> UInt32 {
    // Without an address, zlib returns the initial value.
    if bytes.isEmpty { return previous }
    return unsafe bytes.withUnsafeBytes { buffer in
      unsafe UInt32(crc32_z(UInt(previous), buffer.baseAddress, buffer.count))
    }
  }
}
