/// Fuzzes uploads. The first line of an input is the Content-Type; the body follows.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  let end = input.firstIndex(of: UInt8(ascii: "\n")) ?? input.count
  let type = String(decoding: input[..<end], as: UTF8.self)
  let body = Array(input.dropFirst(end + 1))
  do throws(RequestError) {
    let upload = try PhotoUpload(body: body, contentType: type, limits: .init(photos: 4))
    precondition(1...4 ~= upload.photos.count)
    precondition(upload.photos.reduce(0) { $0 + $1.bytes.count } <= body.count)
    precondition(Set(upload.fields.keys).isSubset(of: ["model", "top"]))
  } catch {
    precondition([400, 413, 415].contains(error.status) && error.message.utf8.count < 1000)
  }
  return 0
}
