// Classifies uploaded photos:
//
//     Server lite0.safetensors 8080
//     curl --data-binary @photo.jpg http://127.0.0.1:8080/classify

import EfficientNet
import EfficientNetImages
import Foundation
import Hummingbird

struct Answer: ResponseEncodable {
  let predictions: [Prediction]
}

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("\(message)\n".utf8))
  exit(1)
}

// A photo of 20 million pixels takes 60 MB when it is decoded.
let uploads = DecodingOptions(maximumPixels: 20_000_000)

@Sendable func status(for error: ImageError) -> HTTPResponse.Status {
  switch error {
  case .notAPicture, .otherFormat, .unsupported: .unsupportedMediaType  // 415
  case .tooManyPixels: .contentTooLarge  // 413
  case .outOfMemory: .serviceUnavailable  // 503
  default: .unprocessableContent  // 422
  }
}

func router(_ classifier: Classifier) -> Router<BasicRequestContext> {
  let router = Router()
  let gate = UploadGate()
  router.post("classify") { request, _ in
    do {
      // At most 50 uploads are in memory: 1 GB.
      return try await gate.pass(limit: 50) {
        try await withTimeout(.seconds(10)) {
          // Photos of more than 20 MB are refused with status 413.
          let body = try await request.body.collect(upTo: 20 << 20)
          // The classifier decodes and computes on threads of its own, so the event loops stay free.
          let predictions = try await classifier.classify(
            encoded: Array(body.readableBytesView), name: "the upload", top: 5, decoding: uploads)
          return Answer(predictions: predictions)
        }
      }
    } catch let error as ImageError {
      throw HTTPError(status(for: error), message: error.problem)
    } catch is Overloaded, is TimedOut, is NoThreadError {
      throw HTTPError(.serviceUnavailable)  // 503
    } catch let error as NetworkOverflow {
      throw HTTPError(.internalServerError, message: "\(error)")  // 500
    }
  }
  return router
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let port = Int(arguments[2]) else {
  fail("usage: Server weights port")
}
do {
  let server = try Application(
    router: router(Classifier(weights: arguments[1])),
    configuration: .init(address: .hostname("127.0.0.1", port: port)))
  try await server.runService()
} catch {
  fail("\(error)")
}
