/// What one layer does with pixels before the first layer that has weights for them.
enum KerasStep: Hashable {
  case rescaling(KerasRescaling)
  /// (x − mean) / √variance, which are variables of the layer with this name.
  case normalization(String)

  /// What a Rescaling layer does; nil if its settings are not known.
  init?(rescaling settings: [String: KerasSetting]) {
    guard let scale = settings["scale"].flatMap(KerasNumbers.init),
      let offset = KerasNumbers(settings["offset"] ?? 0)
    else { return nil }
    self = .rescaling(KerasRescaling(scale: scale, offset: offset))
  }

  /// What a Normalization layer does; nil if its settings are not known. One that was given its mean has no variables.
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

/// What a Rescaling layer does with pixels: x · scale + offset, for all channels or each.
struct KerasRescaling: Hashable {
  var scale: KerasNumbers
  var offset: KerasNumbers

  init(scale: KerasNumbers, offset: KerasNumbers) { (self.scale, self.offset) = (scale, offset) }

  /// (x − mean) / √variance; nil if they are not for three colours, or impossible.
  init?(mean: KerasNumbers, variance: KerasNumbers) {
    guard let means = mean.colours, let variances = variance.colours,
      variances.allSatisfy({ $0 >= 0 })
    else { return nil }
    // Keras' own guard against division by zero.
    let scales = variances.map { 1 / max($0.squareRoot(), 1e-7) }
    let offsets = zip(means, scales).map { 0 - $0 * $1 }
    guard (scales + offsets).allSatisfy(\.isFinite) else { return nil }
    (scale, offset) = (.many(scales), .many(offsets))
  }
}

/// A number, or one for every channel.
enum KerasNumbers: Hashable {
  case one(Double)
  case many([Double])

  /// For red, green and blue; nil if there is another number of them.
  var colours: [Double]? {
    switch self {
    case .one(let number): [number, number, number]
    case .many(let numbers): numbers.count == 3 ? numbers : nil
    }
  }

  /// Arrays stand as they are or wrapped: {"class_name": "__numpy__" or "__tensor__", "config": {"value": […]}}.
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
