internal import EfficientNetSystem

extension ServerMetrics {
  /// The Content-Type of ``text(_:)``.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// Returns all metrics in Prometheus' text format.
  package func text(_ gauges: Gauges) -> String {
    let state = current
    var text = MetricsText()
    addRequests(state, to: &text)
    let models = state.models.filter { $0.key != Self.noModel }.sorted { $0.key < $1.key }
      .map { (labels: Self.labels($0.key), metrics: $0.value) }
    addOutcomes(state, to: &text)
    addPhotos(models, to: &text)
    addServer(state, gauges, to: &text)
    addLoads(models, to: &text)
    addTriton(models, to: &text)
    if let process = gauges.process { Self.add(process, to: &text) }
    return text.text
  }

  private typealias Models = [(labels: MetricsText.Labels, metrics: ModelMetrics)]

  private static func labels(_ model: ModelLabel) -> MetricsText.Labels {
    [("model", model.name), ("version", model.version)]
  }

  private func addRequests(_ state: State, to text: inout MetricsText) {
    text.add(
      "http_server_request_duration_seconds",
      "Time from the head of a request to the end of its answer.",
      state.requests.sorted { $0.key < $1.key }.map { labels, histogram in
        (
          [("method", labels.method), ("route", labels.route), ("status", "\(labels.status)")],
          histogram
        )
      })
    text.add(
      "http_server_active_requests", .gauge, "Requests without a complete answer.",
      Double(state.activeRequests))
  }

  private func addOutcomes(_ state: State, to text: inout MetricsText) {
    text.add(
      "effnet_requests_total", .counter, "Requests for a model by their outcome.",
      state.models.sorted { $0.key < $1.key }.flatMap { model, metrics in
        Outcome.allCases.map { outcome in
          (
            Self.labels(model) + [("outcome", outcome.rawValue)],
            Double(metrics.requests[outcome]?.count ?? 0)
          )
        }
      })
  }

  private func addPhotos(_ models: Models, to text: inout MetricsText) {
    text.add(
      "effnet_photos_total", .counter, "Computed photos.",
      models.map { ($0.labels, Double($0.metrics.photos)) })
    text.add(
      "effnet_queue_wait_seconds", "Wait of a photo for a lane.",
      models.map { ($0.labels, $0.metrics.queue) })
    text.add(
      "effnet_decode_seconds", "Time to decode, resize and normalise a photo.",
      models.map { ($0.labels, $0.metrics.decode) })
    text.add(
      "effnet_compute_seconds", "Time of the network for a photo.",
      models.map { ($0.labels, $0.metrics.compute) })
  }

  private func addServer(_ state: State, _ gauges: Gauges, to text: inout MetricsText) {
    let waiting = state.models.values.reduce(0) { $0 + $1.waitingPhotos }
    text.add("effnet_queue_photos", .gauge, "Photos that wait for a lane.", Double(waiting))
    text.add(
      "effnet_queue_wait_estimate_seconds", .gauge, "Estimated wait of a photo that arrives now.",
      gauges.waitEstimate / .seconds(1))
    text.add(
      "effnet_inflight_bytes", .gauge, "Bytes of requests in memory.",
      Double(gauges.bytesInFlight))
    text.add("effnet_lanes", .gauge, "Photos that are computed at the same time.", Double(lanes))
    text.add("effnet_lanes_busy", .gauge, "Lanes that work now.", Double(state.busyLanes))
    text.add(
      "effnet_lane_busy_seconds_total", .counter, "Time that all lanes have worked.",
      state.laneTime / .seconds(1))
    text.add(
      "effnet_cache_hits_total", .counter, "Results that were in the cache.",
      Double(state.cacheHits))
    text.add(
      "effnet_cache_misses_total", .counter, "Results that were not in the cache.",
      Double(state.cacheMisses))
    text.add(
      "effnet_log_dropped_total", .counter, "Lines of the log without a reader.",
      Double(gauges.droppedLogLines))
  }

  private func addLoads(_ models: Models, to text: inout MetricsText) {
    let loads = models.compactMap { model in model.metrics.load.map { (model.labels, $0) } }
    text.add(
      "effnet_model_info", .gauge, "Loaded models.",
      loads.map { labels, load in
        (
          labels + [
            ("precision", load.precision), ("isa", load.instructionSet), ("sha256", load.sha256),
          ], 1
        )
      })
    text.add(
      "effnet_model_load_seconds", .gauge, "Time to read, pack and warm up a model.",
      loads.map { ($0.0, $0.1.duration / .seconds(1)) })
  }

  /// The names that dashboards for Triton Inference Server use.
  ///
  /// Source: [Triton's metrics](https://docs.nvidia.com/deeplearning/triton-inference-server/).
  private func addTriton(_ models: Models, to text: inout MetricsText) {
    func add(
      _ name: String, _ help: String, kind: MetricsText.Kind = .counter,
      _ value: (ModelMetrics) -> Double
    ) {
      text.add("nv_inference_\(name)", kind, help, models.map { ($0.labels, value($0.metrics)) })
    }
    func microseconds(_ histogram: Histogram?) -> Double { ((histogram?.sum ?? 0) * 1e6).rounded() }

    add("request_success", "Requests with a result.") { Double($0.requests[.ok]?.count ?? 0) }
    text.add(
      "nv_inference_request_failure", .counter, "Requests without a result.",
      models.flatMap { labels, metrics in
        ["REJECTED", "CANCELED", "BACKEND", "OTHER"].map { reason in
          let outcomes = metrics.requests.filter { $0.key.tritonReason == reason }
          let count = outcomes.values.reduce(0) { $0 + $1.count }
          return (labels + [("reason", reason)], Double(count))
        }
      })
    add("count", "Computed photos.") { Double($0.photos) }
    add("exec_count", "Runs of the network, one for each photo.") { Double($0.photos) }
    add("pending_request_count", "Photos that wait for a lane.", kind: .gauge) {
      Double($0.waitingPhotos)
    }
    add("request_duration_us", "Time of requests with a result.") { microseconds($0.requests[.ok]) }
    add("queue_duration_us", "Wait of photos for a lane.") { microseconds($0.queue) }
    add("compute_input_duration_us", "Time to decode photos.") { microseconds($0.decode) }
    add("compute_infer_duration_us", "Time of the network.") { microseconds($0.compute) }
    add("compute_output_duration_us", "Time to write answers.") { microseconds($0.answer) }
  }

  private static func add(_ process: ProcessUsage, to text: inout MetricsText) {
    text.add(
      "process_cpu_seconds_total", .counter, "Processor time of all threads.",
      process.processorSeconds)
    text.add(
      "process_resident_memory_bytes", .gauge, "Memory that is not swapped out.",
      Double(process.residentBytes))
    text.add("process_open_fds", .gauge, "Open files and connections.", Double(process.openFiles))
    text.add("process_threads", .gauge, "Threads.", Double(process.threads))
    text.add(
      "process_start_time_seconds", .gauge, "Start of the process in seconds since 1970.",
      process.startTime)
  }
}
