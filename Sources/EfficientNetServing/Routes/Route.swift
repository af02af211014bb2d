/// What a path stands for.
enum Route: Hashable {
  case page, openAPI, metrics
  case server, live, ready, models, index, statistics(model: String?)
  case model(String), modelReady(String), configuration(String), infer(String), load(String)
  case classify, embed, explain, similar

  /// The route of a path; nil for a path that does not exist.
  ///
  /// - Throws: ``RequestError`` with status 404 for a version that does not exist.
  init?(_ segments: [String]) throws(RequestError) {
    switch segments {
    case []: self = .page
    case ["openapi.json"]: self = .openAPI
    case ["metrics"]: self = .metrics
    case ["v1", "classify"]: self = .classify
    case ["v1", "embed"]: self = .embed
    case ["v1", "explain"]: self = .explain
    case ["v1", "similar"]: self = .similar
    case ["v2"]: self = .server
    case ["v2", "health", "live"]: self = .live
    case ["v2", "health", "ready"]: self = .ready
    case ["v2", "models"]: self = .models
    case ["v2", "models", "stats"]: self = .statistics(model: nil)
    case ["v2", "repository", "index"]: self = .index
    default:
      guard segments.count >= 3, segments[0] == "v2" else { return nil }
      if segments.count == 5, segments[1...2] == ["repository", "models"], segments[4] == "load" {
        self = .load(segments[3])
        return
      }
      if let name = Self.missingExtension(segments) {
        throw RequestError(status: 501, message: "this server does not have \(name)")
      }
      guard segments[1] == "models" else { return nil }
      var rest = segments[3...]
      if rest.count >= 2, rest.first == "versions" {
        guard rest[4] == ServedModel.version else {
          throw RequestError(
            status: 404,
            message: "the model '\(segments[2])' has no version '\(rest[4])'; its version is "
              + ServedModel.version)
        }
        rest = rest.dropFirst(2)
      }
      switch Array(rest) {
      case []: self = .model(segments[2])
      case ["ready"]: self = .modelReady(segments[2])
      case ["config"]: self = .configuration(segments[2])
      case ["stats"]: self = .statistics(model: segments[2])
      case ["infer"]: self = .infer(segments[2])
      default: return nil
      }
    }
  }

  /// The extension of the protocol that a path belongs to, if this server does not have it.
  private static func missingExtension(_ segments: [String]) -> String? {
    switch segments[1] {
    case "systemsharedmemory", "cudasharedmemory": "shared memory"
    case "trace", "logging": "settings of \(segments[1])"
    case "repository" where segments.last == "unload": "unloading of models"
    case "models" where ["generate", "generate_stream"].contains(segments.last):
      "generation of text"
    default: nil
    }
  }

  /// The method of the route. A route of GET takes HEAD, too.
  var method: String {
    switch self {
    case .infer, .load, .index, .classify, .embed, .explain, .similar: "POST"
    default: "GET"
    }
  }

  /// The path with placeholders, as a label of metrics.
  var template: String {
    switch self {
    case .page: "/"
    case .openAPI: "/openapi.json"
    case .metrics: "/metrics"
    case .server: "/v2"
    case .live: "/v2/health/live"
    case .ready: "/v2/health/ready"
    case .models: "/v2/models"
    case .index: "/v2/repository/index"
    case .statistics(let model): model == nil ? "/v2/models/stats" : "/v2/models/{model}/stats"
    case .model: "/v2/models/{model}"
    case .modelReady: "/v2/models/{model}/ready"
    case .configuration: "/v2/models/{model}/config"
    case .infer: "/v2/models/{model}/infer"
    case .load: "/v2/repository/models/{model}/load"
    case .classify: "/v1/classify"
    case .embed: "/v1/embed"
    case .explain: "/v1/explain"
    case .similar: "/v1/similar"
    }
  }

  /// Whether a client needs no token: probes, metrics and the page.
  var isOpen: Bool {
    switch self {
    case .live, .ready, .page, .openAPI, .metrics: true
    default: false
    }
  }
}
