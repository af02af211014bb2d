/// A count of durations by their size, from which Prometheus computes percentiles.
package struct Histogram: Sendable {
  /// The upper bounds of the buckets in seconds: those that OpenTelemetry advises for HTTP, with
  /// two finer ones.
  package static let bounds = [
    0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  /// The number of durations in each bucket; the last one is beyond all bounds.
  package private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
  /// The sum of the durations in seconds.
  package private(set) var sum = 0.0

  /// Creates an empty histogram.
  package init() {}

  /// The number of durations.
  package var count: UInt64 { counts.reduce(0, +) }

  package mutating func record(_ duration: Duration) {
    let seconds = duration / .seconds(1)
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
  }
}
