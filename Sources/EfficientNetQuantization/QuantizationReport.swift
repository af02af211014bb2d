public import EfficientNet
public import EfficientNetCompute
package import EfficientNetReports

/// A comparison of a network with its rounded form, on photos that did not calibrate it.
public struct QuantizationReport: Sendable {
  /// The noise that rounding adds to the output of a block.
  public struct Block: Hashable, Sendable, Encodable {
    /// The name of the layer that computes the output, such as "blocks.1.0.conv_pwl".
    public let layer: String
    /// The ratio of the squared values to the squared differences, in decibels; the mean of the
    /// inverse over the photos, so that a photo with large values does not count more.
    public let signalToNoise: Double
    /// The ratio with its unit, such as "24.3 dB"; "exact" for equal outputs.
    package var signalText: String {
      signalToNoise > 119.9 ? "exact" : "\(signalToNoise.formatted(digits: 1)) dB"
    }
  }

  /// The number of photos.
  public private(set) var photos = 0
  /// The number of photos for which both have the same best class; with sigmoids, the same classes
  /// of a probability above 0.5.
  public private(set) var agreeing = 0
  /// The mean Kullback-Leibler divergence of the rounded network's probabilities from the others, in
  /// nats; with sigmoids, summed over the classes.
  public var divergence: Double { max(0, divergences / Double(max(photos, 1))) }
  /// The number of photos whose label is known, and for how many of these it is the best class of
  /// the exact network and of the rounded one. With sigmoids, photos have no best class: all are 0.
  public private(set) var labelled = 0, rightBefore = 0, rightAfter = 0
  /// The share of ``agreeing`` photos, with its uncertainty.
  package var agreement: Proportion { Proportion(agreeing, of: photos) }
  /// The accuracy on photos with labels, of the exact network and of the rounded one.
  package var accuracy: (before: Proportion, after: Proportion) {
    (Proportion(rightBefore, of: labelled), Proportion(rightAfter, of: labelled))
  }
  /// The points that the rounded network loses: of the accuracy on photos with labels; without
  /// labels, the percentage of photos for which the networks do not agree, which is the most that it
  /// can lose. Negative for a gain.
  package var drop: Double {
    labelled > 0
      ? 100 * Double(rightBefore - rightAfter) / Double(labelled)
      : 100 * Double(photos - agreeing) / Double(max(photos, 1))
  }
  /// Whether the networks agree on at least 90 % of the photos.
  package var isGood: Bool { agreement.share >= 0.9 }
  /// Whether the probabilities differ so little that other best classes come from near-ties. By
  /// Pinsker's inequality, a divergence of 0.02 nats changes a probability by 10 points at most.
  package var isNearTie: Bool { divergence < 0.02 }
  /// The outputs of the blocks, in order of computation.
  public var blocks: [Block] {
    order.map { layer in
      let noise = (noises[layer] ?? 0) / Double(max(photos, 1))
      // Equal outputs have 120 dB.
      return Block(layer: layer, signalToNoise: -10 * log10(max(noise, 1e-12)))
    }
  }

  /// The function that turns the networks' logits into probabilities.
  package let output: ModelDescription.Output
  private var divergences = 0.0
  private var order: [String] = []
  /// The sums over the photos of the squared differences, relative to the squared values.
  private var noises: [String: Double] = [:]

  /// Creates a report of no photos.
  init(_ output: ModelDescription.Output) { self.output = output }

  /// Compares two networks.
  ///
  /// - Parameters:
  ///   - model: The network before rounding.
  ///   - rounded: The result of ``Quantizer``.
  ///   - count: The number of photos.
  ///   - photo: Returns a photo by its index and its class, if it is known; nil to leave it out.
  ///   - pool: The threads to compute on.
  ///   - show: A closure that receives the number of finished photos. An error that it throws ends
  ///     the work.
  /// - Throws: `WeightsError`, the errors of `photo` and `show`.
  public init(
    of model: Model, rounded: Model, photos count: Int,
    photo: (Int) throws -> (photo: PixelBuffer, label: Int?)?, pool: ThreadPool,
    show: (_ done: Int) throws -> Void = { _ in }
  ) throws {
    output = model.description.output
    let exact = try MapObserver(model, .float32, pool: pool)
    let int8 = try MapObserver(rounded, .int8, pool: pool)
    var first = exact.session()
    var second = int8.session()
    for index in 0..<count {
      try show(index)
      guard let (pixels, label) = try photo(index) else { continue }
      let image = model.description.preprocessing.tensor(pixels)
      // The map of the last layer of each block; all maps of a large network need a gigabyte.
      var maps: [String: (layer: String, elements: [Float])] = [:]
      let before = first.observe(image) { name, _, elements in
        maps[Self.block(of: name)] = (name, elements)
      }
      let after = second.observe(image) { name, _, elements in
        guard let (layer, exact) = maps[Self.block(of: name)], layer == name else { return }
        add(name, exact, elements)
      }
      add(before, after, label: label)
    }
  }

  private mutating func add(_ name: String, _ exact: [Float], _ rounded: [Float]) {
    if noises[name] == nil { order.append(name) }
    var (signal, noise) = (0.0, 0.0)
    for (x, y) in zip(exact, rounded) {
      signal += Double(x * x)
      noise += Double((x - y) * (x - y))
    }
    noises[name, default: 0] += noise == 0 ? 0 : signal == 0 ? 1 : noise / signal
  }

  /// Adds the logits of a photo.
  mutating func add(_ before: [Float], _ after: [Float], label: Int?) {
    photos += 1
    divergences += zip(probabilities(before), probabilities(after))
      .reduce(0) { $0 + ($1.0 > 0 ? $1.0 * log($1.0 / max($1.1, 1e-30)) : 0) }
    if output == .sigmoid {
      if before.map({ $0 > 0 }) == after.map({ $0 > 0 }) { agreeing += 1 }
      return
    }
    let best = (
      before.indices.max { before[$0] < before[$1] }, after.indices.max { after[$0] < after[$1] }
    )
    if best.0 == best.1 { agreeing += 1 }
    guard let label else { return }
    labelled += 1
    if best.0 == label { rightBefore += 1 }
    if best.1 == label { rightAfter += 1 }
  }

  /// The probabilities of the classes; with sigmoids, also those of the absence of each class.
  private func probabilities(_ logits: [Float]) -> [Double] {
    Prediction.probabilities(
      of: output == .sigmoid ? logits + logits.map { -$0 } : logits, output: output)
  }

  /// The part of a layer's name before the layer in its block, such as "blocks.1.0".
  private static func block(of layer: String) -> String {
    layer.split(separator: ".").prefix(3).joined(separator: ".")
  }
}
