/// The answer of `GET /v2/models/M/stats`.
///
/// Source: [statistics
/// extension](https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_statistics.md).
package struct StatisticsAnswer: Hashable, Sendable, Encodable {
  /// The versions of the models.
  package var modelStats: [ModelStatistics]
}

/// What a version of a model has done since the server started.
package struct ModelStatistics: Hashable, Sendable, Encodable {
  /// The name of the model.
  package var name: String
  /// The version.
  package var version: String
  /// The time of the latest request in milliseconds since 1970; 0 for none.
  package var lastInference: UInt64 = 0
  /// The photos that were inferred.
  package var inferenceCount: UInt64 = 0
  /// The runs of the network.
  package var executionCount: UInt64 = 0
  /// The times of requests.
  package var inferenceStats = Requests()
  /// The times of runs, by the size of the batch.
  package var batchStats: [Batch] = []
  /// Always empty: the server does not count the memory of a model.
  package var memoryUsage: [String] = []
  /// Always empty: a request has one response.
  package var responseStats: [String: Duration] = [:]

  /// A number of events and the time that they took together.
  package struct Duration: Hashable, Sendable, Encodable {
    /// The number of events.
    package var count: UInt64 = 0
    /// Nanoseconds.
    package var ns: UInt64 = 0
  }

  /// The stages of requests.
  package struct Requests: Hashable, Sendable, Encodable {
    /// Requests that succeeded, from the first to the last stage.
    package var success = Duration()
    /// Requests that failed.
    package var fail = Duration()
    /// The wait for a free lane.
    package var queue = Duration()
    /// Decoding of photos and preprocessing.
    package var computeInput = Duration()
    /// The network.
    package var computeInfer = Duration()
    /// Encoding of the answer.
    package var computeOutput = Duration()
    /// Answers from a cache.
    package var cacheHit = Duration()
    /// Requests that a cache could not answer.
    package var cacheMiss = Duration()
  }

  /// The runs of the network with one size of the batch.
  package struct Batch: Hashable, Sendable, Encodable {
    /// The photos of a batch.
    package var batchSize: UInt64
    /// As in ``Requests``.
    package var computeInput = Duration()
    /// As in ``Requests``.
    package var computeInfer = Duration()
    /// As in ``Requests``.
    package var computeOutput = Duration()
  }
}
