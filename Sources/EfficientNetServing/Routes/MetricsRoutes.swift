internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetSystem

extension InferenceServer {
  /// The metrics in the format of Prometheus.
  func metricsText() -> ServerAnswer {
    let gauges = ServerMetrics.Gauges(
      waitEstimate: queue.estimatedWait, bytesInFlight: bodyBytes,
      droppedLogLines: droppedLogLines)
    return ServerAnswer(Array(metrics.text(gauges).utf8), type: ServerMetrics.contentType)
  }

  /// What models have done since the start of the server.
  ///
  /// - Parameter name: The name of a model; nil for all.
  func statistics(_ name: String?) throws -> ServerAnswer {
    if let name { _ = try models.entry(name) }
    let names = name.map { [$0] } ?? models.names
    return try ServerAnswer(
      protocolJSON: StatisticsAnswer(modelStats: names.map { statistics(of: $0) }))
  }

  private func statistics(of name: String) -> ModelStatistics {
    var statistics = ModelStatistics(name: name, version: ServedModel.version)
    guard let model = metrics.metrics(of: ModelLabel(name: name)) else { return statistics }
    func duration(_ histogram: Histogram?) -> ModelStatistics.Duration {
      .init(count: histogram?.count ?? 0, ns: UInt64((1e9 * (histogram?.sum ?? 0)).rounded()))
    }
    func failures() -> ModelStatistics.Duration {
      model.requests.filter { $0.key != .ok }.values.map { duration($0) }
        .reduce(into: .init()) { sum, next in
          sum.count += next.count
          sum.ns += next.ns
        }
    }
    statistics.lastInference = UInt64(max(0, model.lastPhoto))
    (statistics.inferenceCount, statistics.executionCount) = (model.photos, model.photos)
    statistics.inferenceStats.success = duration(model.requests[.ok])
    statistics.inferenceStats.fail = failures()
    statistics.inferenceStats.queue = duration(model.queue)
    statistics.inferenceStats.computeInput = duration(model.decode)
    statistics.inferenceStats.computeInfer = duration(model.compute)
    statistics.inferenceStats.computeOutput = duration(model.answer)
    statistics.batchStats = [
      .init(
        batchSize: 1, computeInput: duration(model.decode), computeInfer: duration(model.compute),
        computeOutput: duration(model.answer))
    ]
    return statistics
  }

  /// Loads a model, or loads it again, and notes how long it took.
  ///
  /// - Throws: As ``ModelRepository/load(_:)``.
  package func loadModel(_ name: String) async throws {
    let begin = ContinuousClock.now
    try await models.load(name)
    let model = try models.model(name)
    metrics.load(
      .init(
        precision: model.precision.rawValue,
        instructionSet: model.instructionSet.rawValue,
        sha256: model.fingerprint, duration: ContinuousClock.now - begin), of: model.label)
  }
}
