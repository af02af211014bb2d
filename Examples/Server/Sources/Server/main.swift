// Classifies uploaded photos:
//
//     Server lite0.safetensors 8080
//     curl --data-binary @photo.jpg http://127.0.0.1:8080/classify

import EfficientNet
import EfficientNetImages
import Hummingbird

struct Answer: ResponseEncodable {
  let predictions: [Prediction]
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let port = Int(arguments[2]) else {
  fatalError("usage: Server weights port")
}
let classifier = try Classifier(weights: arguments[1])
// A photo of 20 million pixels takes 60 MB when it is decoded.
let uploads = DecodingOptions(maximumPixels: 20_000_000)

@Sendable func status(for error: ImageError) -> HTTPResponse.Status {
  switch error {
  case .tooManyPixels: .contentTooLarge  // 413
  case .outOfMemory: .serviceUnavailable  // 503
  default: .unprocessableContent  // 422
  }
}

let router = Router()
router.post("classify") { request, _ in
  // Photos of more than 20 MB are refused with status 413.
  let body = try await request.body.collect(upTo: 20 << 20)
  do {
    // The classifier decodes and computes on threads of its own, so the event loops stay free.
    let predictions = try await classifier.classify(
      encoded: Array(body.readableBytesView), name: "the upload", top: 5, decoding: uploads)
    return Answer(predictions: predictions)
  } catch let error as ImageError {
    throw HTTPError(status(for: error), message: "\(error)")
  }
}

let server = Application(
  router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
try await server.runService()
