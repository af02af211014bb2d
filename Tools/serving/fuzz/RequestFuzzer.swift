/// The entry of libFuzzer for ``InferenceRequest``: a crash, a hang or a broken promise stops it.
///
/// The input is the value of the header Inference-Header-Content-Length, a line break, and the body.
/// An empty value stands for a request without the header, "*" for the length up to the last "}",
/// so that the fuzzer can change the JSON without a new number.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequest(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let lineBreak = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
  let body = Array(bytes[lineBreak...].dropFirst())
  var header: String? = String(decoding: bytes[..<lineBreak], as: UTF8.self)
  if header == "" { header = nil }
  if header == "*" { header = "\((body.lastIndex(of: UInt8(ascii: "}")) ?? -1) + 1)" }
  let picture = TensorMetadata(name: "image", datatype: .fp32, shape: [-1, 2, 2, 3])
  do throws(RequestError) {
    let request = try InferenceRequest(body: body, headerLength: header, onlyInput: picture)
    precondition(!request.inputs.isEmpty && request.outputs?.isEmpty != true)
    for input in request.inputs {
      let count = input.shape.reduce(1, *)
      switch input.contents {
      case .numbers(let bytes): precondition(bytes.count == count * input.datatype.byteCount!)
      case .elements(let elements): precondition(elements.count == count)
      }
    }
  } catch {
    precondition(error.status == 400 && error.message.utf8.count < 1000, error.message)
    precondition(!error.message.contains { $0.isNewline }, error.message)
  }
  return 0
}
