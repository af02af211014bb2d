/// A text with metrics in Prometheus' exposition format 0.0.4.
///
///     var text = MetricsText()
///     text.add("photos_total", .counter, "Photos since the start.", [([("model", "b0")], 3)])
///
///     # HELP photos_total Photos since the start.
///     # TYPE photos_total counter
///     photos_total{model="b0"} 3
///
/// Source: [Exposition formats](https://prometheus.io/docs/instrumenting/exposition_formats/).
struct MetricsText {
  typealias Labels = [(name: String, value: String)]

  enum Kind: String { case counter, gauge, histogram }

  private(set) var text = ""

  /// Adds a family of counters or gauges; one without samples is omitted.
  mutating func add(
    _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: Labels, value: Double)]
  ) {
    if samples.isEmpty { return }
    begin(name, kind, help)
    for sample in samples { addSample(name, sample.labels, sample.value) }
  }

  /// Adds a family of one counter or gauge without labels.
  mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
    add(name, kind, help, [([], value)])
  }

  /// Adds a family of histograms; one without samples is omitted.
  mutating func add(
    _ name: String, _ help: String, _ samples: [(labels: Labels, value: Histogram)]
  ) {
    if samples.isEmpty { return }
    begin(name, .histogram, help)
    for (labels, histogram) in samples {
      var count: UInt64 = 0
      let bounds = Histogram.bounds + [.infinity]
      for (bound, bucket) in zip(bounds, histogram.counts) {
        count += bucket
        addSample("\(name)_bucket", labels + [("le", Self.number(bound))], Double(count))
      }
      addSample("\(name)_sum", labels, histogram.sum)
      addSample("\(name)_count", labels, Double(count))
    }
  }

  private mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  private mutating func addSample(_ name: String, _ labels: Labels, _ value: Double) {
    let list = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
    text += name + (list.isEmpty ? "" : "{\(list)}") + " \(Self.number(value))\n"
  }

  private static func escaped(_ value: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\", "\"": scalars += ["\\", scalar]
      case "\n": scalars += ["\\", "n"]
      default: scalars.append(scalar)
      }
    }
    return String(scalars)
  }

  private static func number(_ value: Double) -> String {
    if value == .infinity { return "+Inf" }
    return Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}
