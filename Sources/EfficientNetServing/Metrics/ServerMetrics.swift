package import EfficientNetSystem

/// The counters of a server, which routes and lanes update from any thread.
///
///     metrics.beginRequest()
///     defer { metrics.endRequest(method: "POST", route: "/v1/classify", status: 200, after: time) }
///
/// A client cannot create a label: unknown methods become "_OTHER", and requests for unknown models
/// are counted without a model.
package final class ServerMetrics: Sendable {
  /// The numbers that other parts of the server know at this moment.
  package struct Gauges: Sendable {
    /// The estimated wait of a photo that arrives now.
    package var waitEstimate: Duration
    /// The bytes of bodies in memory.
    package var bytesInFlight: Int
    /// The lines that the log dropped.
    package var droppedLogLines: Int
    /// The usage of the process; nil if the system does not tell.
    package var process: ProcessUsage?

    /// Creates gauges.
    package init(
      waitEstimate: Duration = .zero, bytesInFlight: Int = 0, droppedLogLines: Int = 0,
      process: ProcessUsage? = .now
    ) {
      (self.waitEstimate, self.bytesInFlight) = (waitEstimate, bytesInFlight)
      (self.droppedLogLines, self.process) = (droppedLogLines, process)
    }
  }

  struct State: Sendable {
    var activeRequests = 0
    var requests: [RequestLabels: Histogram] = [:]
    var models: [ModelLabel: ModelMetrics] = [:]
    var busyLanes = 0
    var laneTime = Duration.zero
    var (cacheHits, cacheMisses): (UInt64, UInt64) = (0, 0)
  }

  struct RequestLabels: Hashable, Comparable {
    let method, route: String
    let status: Int

    static func < (first: Self, second: Self) -> Bool {
      (first.route, first.method, first.status) < (second.route, second.method, second.status)
    }
  }

  /// The label of requests for models that are not known.
  static let noModel = ModelLabel(name: "", version: "")
  private static let methods: Set<String> = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE",
  ]

  package let lanes: Int
  private let state = Locked(State())

  /// Creates counters that are all zero.
  package init(lanes: Int) { self.lanes = lanes }

  /// A copy of all counters.
  var current: State { state.withLock { $0 } }

  // MARK: Requests

  package func beginRequest() { state.withLock { $0.activeRequests += 1 } }

  /// Ends a request.
  ///
  /// - Parameter route: The path with placeholders, such as "/v2/models/{model}/infer"; "" if no
  ///   route has the path.
  package func endRequest(method: String, route: String, status: Int, after duration: Duration) {
    let labels = RequestLabels(
      method: Self.methods.contains(method) ? method : "_OTHER", route: route, status: status)
    state.withLock {
      $0.activeRequests -= 1
      $0.requests[labels, default: Histogram()].record(duration)
    }
  }

  /// Counts a request for a model.
  ///
  /// - Parameter model: The model; nil if the request names none that is known.
  package func count(_ outcome: Outcome, of model: ModelLabel?, after duration: Duration) {
    update(model) { $0.requests[outcome, default: Histogram()].record(duration) }
  }

  // MARK: Photos

  /// A photo begins to wait for a lane.
  package func beginWait(of model: ModelLabel) { update(model) { $0.waitingPhotos += 1 } }

  /// A photo gets a lane, or its request ends before.
  package func endWait(of model: ModelLabel) { update(model) { $0.waitingPhotos -= 1 } }

  /// A photo has been computed.
  package func count(_ times: PhotoTimes, of model: ModelLabel) {
    let now = currentTime()
    update(model) {
      $0.queue.record(times.queue)
      $0.decode.record(times.decode)
      $0.compute.record(times.compute)
      $0.answer.record(times.answer)
      $0.lastPhoto = now
    }
  }

  /// A result was in the cache, or was not.
  package func countLookup(isHit: Bool) {
    state.withLock { if isHit { $0.cacheHits += 1 } else { $0.cacheMisses += 1 } }
  }

  // MARK: Lanes

  package func beginWork() { state.withLock { $0.busyLanes += 1 } }

  package func endWork(after duration: Duration) {
    state.withLock {
      $0.busyLanes -= 1
      $0.laneTime += duration
    }
  }

  // MARK: Models

  /// A model is loaded; its counters continue after a reload.
  package func load(_ load: ModelMetrics.Load, of model: ModelLabel) {
    state.withLock { $0.models[model, default: ModelMetrics()].load = load }
  }

  /// A model is unloaded; its counters remain.
  package func unload(_ model: ModelLabel) { state.withLock { $0.models[model]?.load = nil } }

  /// Returns the counters of a model; nil if it was never loaded.
  package func metrics(of model: ModelLabel) -> ModelMetrics? {
    state.withLock { $0.models[model] }
  }

  private func update(_ model: ModelLabel?, _ body: (inout ModelMetrics) -> Void) {
    state.withLock { state in
      let label = model.flatMap { state.models[$0] == nil ? nil : $0 } ?? Self.noModel
      body(&state.models[label, default: ModelMetrics()])
    }
  }
}
