/// Fuzzes multipart bodies. The first line of an input is the Content-Type; the body follows.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  let end = input.firstIndex(of: UInt8(ascii: "\n")) ?? input.count
  let type = String(decoding: input[..<end], as: UTF8.self)
  let body = Array(input.dropFirst(end + 1))
  do throws(RequestError) {
    let limits = Multipart.Limits(parts: 8, headerBytes: 256)
    let parts = try Multipart(body, contentType: type, limits: limits).parts
    precondition(parts.count <= 8)
    var place = 0
    for part in parts {
      // The parts follow each other in the body.
      precondition(place <= part.body.startIndex && part.body.endIndex <= body.count)
      precondition(body[part.body.indices] == part.body)
      place = part.body.endIndex
    }
  } catch {
    precondition([400, 413].contains(error.status) && error.message.utf8.count < 1000)
  }
  return 0
}
