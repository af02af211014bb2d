internal import EfficientNet
internal import EfficientNetSystem

extension Recipe {
  /// Reads a recipe from a JSON file.
  ///
  ///     {"base": "finetune-adamw", "epochs": 20, "augmentation": {"mixing": {"mixup": 0.2}}}
  ///
  /// Fields left out, of the recipe and of its augmentation, come from the recipe that `base`
  /// names. Without `base` they come from the recipe of ``all`` that `name` names, else from
  /// `standard`. `null` means none.
  ///
  /// - A part of the augmentation, such as its crop, is replaced as a whole.
  /// - An optimizer of another kind brings its standard rate and weight decay.
  /// - Head epochs and warm-up that are left out are shortened for fewer epochs: to one epoch less,
  ///   and to half of the epochs.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - standard: The recipe that would be used without a file.
  /// - Throws: `FileError`, also if a field is unknown or a number is out of range.
  public init(json path: String, standard: Recipe = .finetune) throws {
    try self.init(uncheckedJSON: path, standard: standard)
    if let complaint { throw FileError(path: path, reason: complaint) }
  }

  /// Reads a recipe from a JSON file, which may also be the config.json of a run or the
  /// experiment.json of an experiment.
  ///
  /// Does not check ``complaint``: the caller changes fields first.
  package init(uncheckedJSON path: String, standard: Recipe) throws {
    let bytes = try FileContents.read(path, limit: 1 << 28)
    do {
      let file: RecipeFile = try decodedJSON(bytes, userInfo: [Self.standardKey: standard])
      self = file.recipe
    } catch {
      throw FileError(path: path, reason: "it is not a valid recipe: \(error)")
    }
  }

  /// The recipe as JSON with all fields.
  public var json: String {
    get throws { try encodedJSON(self, isPretty: true) }
  }

  private static let standardKey: CodingUserInfoKey = {
    guard let key = CodingUserInfoKey(rawValue: "recipe") else { preconditionFailure("no key") }
    return key
  }()
}

/// A file with a recipe: the recipe itself, or the settings of a run or an experiment.
private struct RecipeFile: Decodable {
  let recipe: Recipe

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: AnyKey.self)
    // A recipe has no such field.
    let isRun = fields.contains(AnyKey(stringValue: "dataFingerprint"))
    recipe =
      try isRun
      ? fields.decode(Recipe.self, forKey: AnyKey(stringValue: "recipe")) : Recipe(from: decoder)
  }
}

extension Recipe: Decodable {
  private enum Fields: String, CodingKey, CaseIterable {
    case base, name, epochs, headEpochs, batch, accumulation, optimizer, rate, rateBatch, decay
    case warmUpEpochs, layerDecay, weightDecay, decayed, smoothing, balancesClasses, freezesNorms
    case average, clip, dropout, stochasticDepth, patience, augmentation
  }

  /// Decodes a recipe. In a file, fields may be left out: see ``init(json:standard:)``. Encoding
  /// writes all fields; nil becomes null.
  ///
  /// - Throws: `DecodingError`, also for an unknown field.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: Fields.self)
    let base = try Self.base(fields, decoder)
    func read<Value: Decodable>(_ key: Fields, _ value: inout Value) throws {
      guard base == nil || fields.contains(key) else { return }
      value = try fields.decode(Value.self, forKey: key)
    }
    func readOptional<Value: Decodable>(_ key: Fields, _ value: inout Value?) throws {
      guard base == nil || fields.contains(key) else { return }
      value = try fields.decodeIfPresent(Value.self, forKey: key)
    }
    self = base ?? .finetune
    var rule = optimizer
    try read(.optimizer, &rule)
    take(rule)
    try read(.name, &name)
    try read(.epochs, &epochs)
    try read(.headEpochs, &headEpochs)
    if !fields.contains(.headEpochs) { headEpochs = min(headEpochs, max(epochs - 1, 0)) }
    try read(.batch, &batch)
    try read(.accumulation, &accumulation)
    try read(.rate, &rate)
    try read(.rateBatch, &rateBatch)
    try read(.decay, &decay)
    try read(.warmUpEpochs, &warmUpEpochs)
    if !fields.contains(.warmUpEpochs), warmUpEpochs > Double(epochs) / 2 {
      warmUpEpochs = max(Double(epochs) / 2, 0)
    }
    try read(.layerDecay, &layerDecay)
    try read(.weightDecay, &weightDecay)
    if base == nil || fields.contains(.decayed) {
      decayed = try fields.decodeName(forKey: .decayed)
    }
    try read(.smoothing, &smoothing)
    try read(.balancesClasses, &balancesClasses)
    try read(.freezesNorms, &freezesNorms)
    try readOptional(.average, &average)
    try readOptional(.clip, &clip)
    try readOptional(.dropout, &dropout)
    try readOptional(.stochasticDepth, &stochasticDepth)
    try readOptional(.patience, &patience)
    if let base, fields.contains(.augmentation) {
      augmentation = try Augmentation(
        from: fields.superDecoder(forKey: .augmentation), base: base.augmentation)
    } else {
      try read(.augmentation, &augmentation)
    }
  }

  /// The recipe for the fields left out; nil if no field may be left out.
  private static func base(
    _ fields: KeyedDecodingContainer<Fields>, _ decoder: any Decoder
  ) throws -> Recipe? {
    if let name = try fields.decodeIfPresent(String.self, forKey: .base) {
      if let base = all.first(where: { $0.name == name }) { return base }
      try fields.superDecoder(forKey: .base).refuse(
        "there is no recipe \(WeightsError.quoted(name)); choose one of "
          + all.map(\.name).joined(separator: ", "))
    }
    guard let standard = decoder.userInfo[standardKey] as? Recipe else { return nil }
    let name = try fields.decodeIfPresent(String.self, forKey: .name)
    return all.first { $0.name == name } ?? standard
  }
}
