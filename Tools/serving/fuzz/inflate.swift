/// Fuzzes compressed bodies. The first byte of an input chooses the compression; the body follows.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 0 else { return 0 }
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  let coding: ContentCoding = input[0] == UInt8(ascii: "d") ? .deflate : .gzip
  let limit = 100_000
  do throws(RequestError) {
    let bytes = try coding.inflated(Array(input.dropFirst()), limit: limit)
    precondition(bytes.count <= limit)
    let again = try coding.inflated(coding.deflated(bytes), limit: bytes.count)
    precondition(again == bytes)
  } catch {
    precondition([400, 413].contains(error.status))
  }
  return 0
}
