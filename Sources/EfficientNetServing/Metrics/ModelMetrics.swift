/// The name and the version of a served model, as the labels of its metrics.
package struct ModelLabel: Hashable, Comparable, Sendable {
  package let name, version: String

  /// Creates a label.
  package init(name: String, version: String = "1") { (self.name, self.version) = (name, version) }

  package static func < (first: Self, second: Self) -> Bool {
    (first.name, first.version) < (second.name, second.version)
  }
}

/// How a request for a model ended.
package enum Outcome: String, CaseIterable, Sendable {
  case ok
  /// The request is malformed.
  case invalid
  /// The server is full.
  case rejected
  /// The deadline passed, or could not be met.
  case expired
  /// The client left.
  case cancelled
  /// The server made a mistake.
  case failed

  /// The name of this kind of failure in Triton; nil for success.
  package var tritonReason: String? {
    switch self {
    case .ok: nil
    case .rejected, .expired: "REJECTED"
    case .cancelled: "CANCELED"
    case .failed: "BACKEND"
    case .invalid: "OTHER"
    }
  }
}

/// The times of a photo on a lane.
package struct PhotoTimes: Hashable, Sendable {
  /// The wait for a lane.
  package var queue: Duration
  /// The time to decode, resize and normalise.
  package var decode: Duration
  /// The time of the network.
  package var compute: Duration
  /// The time to write the answer.
  package var answer: Duration

  /// Creates times.
  package init(
    queue: Duration, decode: Duration, compute: Duration, answer: Duration = .zero
  ) {
    (self.queue, self.decode, self.compute, self.answer) = (queue, decode, compute, answer)
  }
}

/// The counters of a model since the start of the server.
package struct ModelMetrics: Sendable {
  /// The durations of requests by their outcome.
  package internal(set) var requests: [Outcome: Histogram] = [:]
  /// The times of computed photos.
  package internal(set) var queue = Histogram()
  package internal(set) var decode = Histogram()
  package internal(set) var compute = Histogram()
  package internal(set) var answer = Histogram()
  /// The number of photos that wait for a lane.
  package internal(set) var waitingPhotos = 0
  /// The time of the last computed photo in milliseconds since 1970; 0 without one.
  package internal(set) var lastPhoto: Int64 = 0
  /// The loaded weights; nil after an unload.
  package internal(set) var load: Load?

  /// The weights of a loaded model.
  package struct Load: Hashable, Sendable {
    package let precision, instructionSet, sha256: String
    /// The time to read, pack and warm up.
    package let duration: Duration

    /// Creates a description.
    ///
    /// - Parameter sha256: The digest of the weight file in hexadecimal.
    package init(precision: String, instructionSet: String, sha256: String, duration: Duration) {
      (self.precision, self.instructionSet) = (precision, instructionSet)
      (self.sha256, self.duration) = (sha256, duration)
    }
  }

  /// The number of computed photos.
  package var photos: UInt64 { compute.count }
}
