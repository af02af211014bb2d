/// An operation on pixels by one layer before the first layer with weights.
enum KerasStep: Hashable {
  case rescaling(KerasRescaling)
  /// (x − mean) / √variance, with the variables of the layer of this name.
  case normalization(String)

  /// Creates the operation of a Rescaling layer; nil if its settings are unknown.
  init?(rescaling settings: [String: KerasSetting]) {
    guard let scale = settings["scale"].flatMap(KerasNumbers.init),
      let offset = KerasNumbers(settings["offset"] ?? 0)
    else { return nil }
    self = .rescaling(KerasRescaling(scale: scale, offset: offset))
  }

  /// Creates the operation of a Normalization layer; nil if its settings are unknown. A layer with
  /// a given mean has no variables.
  init?(normalization settings: [String: KerasSetting], name: String) {
    let given = ["mean", "variance"].map { settings[$0] ?? .null }
    guard given != [.null, .null] else {
      self = .normalization(name)
      return
    }
    guard let mean = KerasNumbers(given[0]), let variance = KerasNumbers(given[1]),
      let rescaling = KerasRescaling(mean: mean, variance: variance)
    else { return nil }
    self = .rescaling(rescaling)
  }
}

/// The operation of a Rescaling layer, x · scale + offset, with numbers for all channels or for
/// each channel.
struct KerasRescaling: Hashable {
  var scale: KerasNumbers
  var offset: KerasNumbers

  init(scale: KerasNumbers, offset: KerasNumbers) { (self.scale, self.offset) = (scale, offset) }

  /// Creates the operation (x − mean) / √variance; nil if the numbers are not for three colors, or
  /// not valid.
  init?(mean: KerasNumbers, variance: KerasNumbers) {
    guard let means = mean.colors, let variances = variance.colors,
      variances.allSatisfy({ $0 >= 0 })
    else { return nil }
    // Keras guards against division by zero in the same way.
    let scales = variances.map { 1 / max($0.squareRoot(), 1e-7) }
    let offsets = zip(means, scales).map { 0 - $0 * $1 }
    guard (scales + offsets).allSatisfy(\.isFinite) else { return nil }
    (scale, offset) = (.many(scales), .many(offsets))
  }
}

/// One number for all channels, or one for each channel.
enum KerasNumbers: Hashable {
  case one(Double)
  case many([Double])

  /// The numbers for red, green and blue; nil if there are not one or three numbers.
  var colors: [Double]? {
    switch self {
    case .one(let number): [number, number, number]
    case .many(let numbers): numbers.count == 3 ? numbers : nil
    }
  }

  /// Reads a number or an array. Arrays may be wrapped: {"class_name": "__numpy__" or "__tensor__",
  /// "config": {"value": […]}}.
  init?(_ setting: KerasSetting) {
    let value = setting["config"]?["value"] ?? setting
    if let number = value.number {
      self = .one(number)
    } else if let list = value.list {
      let numbers = list.compactMap(\.number)
      guard numbers.count == list.count else { return nil }
      self = .many(numbers)
    } else {
      return nil
    }
  }
}
