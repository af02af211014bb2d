import EfficientNet
import EfficientNetCompute
import EfficientNetImages
import EfficientNetTestSupport

@testable import EfficientNetServing

/// A server of a small network with formula weights, without a network.
struct TinyServer {
  let server: InferenceServer
  let classifier: Classifier

  static let model = TinyServer.makeModel()

  private static func makeModel() -> Model {
    let architecture = Architecture.tiny[0]
    let description = ModelDescription(
      architecture: architecture,
      preprocessing: Preprocessing(
        resize: 40, crop: architecture.resolution, interpolation: .bicubic, mean: [127, 127, 127],
        std: [128, 128, 128]),
      classes: (0..<architecture.classes).map { ClassLabel(name: "class: \($0)", wnid: nil) },
      provenance: "the formula")
    guard let model = try? Model(description, weights: Formula.weights(of: architecture)) else {
      preconditionFailure("the formula's weights do not fit")
    }
    return model
  }

  /// - Parameter isLoaded: Whether the models are loaded.
  init(
    _ limits: InferenceServer.Limits = .init(), access: AccessControl = .init(),
    isLoaded: Bool = true, maximumWait: Duration = .seconds(60)
  ) async throws {
    let models = ModelRepository(
      [("tiny", { Self.model }), ("other", { Self.model })], precision: nil, lanes: 2)
    server = InferenceServer(
      models, lanes: 2, maximumWait: maximumWait, limits: limits, access: access)
    classifier = try Classifier(Self.model, pool: ThreadPool(threads: 1))
    guard isLoaded else { return }
    for name in models.names { try await server.loadModel(name) }
  }

  /// Photos of different sizes, as files.
  static func photo(_ number: Int) throws -> [UInt8] {
    let (width, height) = (50 + 7 * number, 40 + 11 * number)
    let bytes = (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 &* (number + 3) / 5) }
    return try PixelBuffer(width: width, height: height, bytes: bytes).png()
  }

  func request(
    _ method: String, _ target: String, _ fields: [(String, String)] = [], body: [UInt8] = []
  ) async -> ServerAnswer {
    let head = RequestHead(method: method, target: target, fields: fields, client: "127.0.0.1")
    do throws(ServerAnswer.Early) {
      _ = try server.bodyLimit(of: head, length: body.count)
    } catch {
      return error.answer
    }
    return await server.answer(head, body: body)
  }
}

extension ServerAnswer {
  var text: String { String(decoding: body, as: UTF8.self) }

  func field(_ name: String) -> String? { fields.first { $0.0 == name }?.1 }
}
