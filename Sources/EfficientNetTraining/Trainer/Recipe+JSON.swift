internal import EfficientNet
internal import EfficientNetSystem
internal import FoundationEssentials

extension Recipe {
  /// Reads a recipe.
  ///
  ///     {"base": "finetune-adamw", "epochs": 20, "augmentation": {"mixing": {"mixup": 0.2}}}
  ///
  /// Fields that are left out, of the recipe and of its augmentation, are those of the recipe that
  /// `base` names; a part of the augmentation, such as its crop, is replaced as a whole. Without it they are those of our recipe that `name` names, or else those of
  /// `standard`. An optimizer of another kind than theirs has its own standard rate and weight
  /// decay. Head epochs and warm-up that are left out are shortened for fewer epochs: to one epoch less, and to half of the
  /// epochs. `null` means none.
  ///
  /// - Parameter standard: The recipe that is used where no file is named.
  /// - Throws: ``FileError``, also if a field is unknown or a number is out of range.
  public init(json path: String, standard: Recipe = .finetune) throws {
    try self.init(uncheckedJSON: path, standard: standard)
    if let complaint { throw FileError(path: path, reason: complaint) }
  }

  /// The same where ``complaint`` is for the caller, who changes some fields.
  package init(uncheckedJSON path: String, standard: Recipe) throws {
    let bytes = try FileContents.read(path, limit: 1 << 20)
    let decoder = JSONDecoder()
    decoder.userInfo[Self.standardKey] = standard
    do {
      try refuseRepeatedFields(in: bytes)
      self = try decoder.decode(Recipe.self, from: Data(bytes))
    } catch {
      throw FileError(
        path: path,
        reason: "it is not a recipe: \((error as? DecodingError)?.summary ?? "\(error)")")
    }
  }

  /// The recipe as JSON, with all fields.
  public var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  private static let standardKey: CodingUserInfoKey = {
    guard let key = CodingUserInfoKey(rawValue: "recipe") else { preconditionFailure("no key") }
    return key
  }()
}

extension Recipe: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case base, name, epochs, headEpochs, batch, accumulation, optimizer, rate, rateBatch, decay
    case warmUpEpochs, layerDecay, weightDecay, decayed, smoothing, balancesClasses, freezesNorms
    case average, clip, dropout, stochasticDepth, patience, augmentation
  }

  /// Reads the fields; in a file of its own some may be left out: see ``init(json:standard:)``.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    var base = try Self.base(fields, decoder)
    if var start = base, fields.contains(.optimizer) {
      start.take(try fields.decode(OptimizerRule.self, forKey: .optimizer))
      base = start
    }
    func value<Value: Decodable>(_ key: CodingKeys, _ field: KeyPath<Recipe, Value>) throws -> Value
    {
      if let base, !fields.contains(key) { return base[keyPath: field] }
      return try fields.decode(Value.self, forKey: key)
    }
    func optional<Value: Decodable>(
      _ key: CodingKeys, _ field: KeyPath<Recipe, Value?>
    ) throws -> Value? {
      if let base, !fields.contains(key) { return base[keyPath: field] }
      return try fields.decodeIfPresent(Value.self, forKey: key)
    }
    name = try value(.name, \.name)
    epochs = try value(.epochs, \.epochs)
    headEpochs = try value(.headEpochs, \.headEpochs)
    if !fields.contains(.headEpochs) { headEpochs = min(headEpochs, max(epochs - 1, 0)) }
    batch = try value(.batch, \.batch)
    accumulation = try value(.accumulation, \.accumulation)
    optimizer = try value(.optimizer, \.optimizer)
    rate = try value(.rate, \.rate)
    rateBatch = try value(.rateBatch, \.rateBatch)
    decay = try value(.decay, \.decay)
    warmUpEpochs = try value(.warmUpEpochs, \.warmUpEpochs)
    if !fields.contains(.warmUpEpochs), warmUpEpochs > Double(epochs) / 2 {
      warmUpEpochs = max(Double(epochs) / 2, 0)
    }
    layerDecay = try value(.layerDecay, \.layerDecay)
    weightDecay = try value(.weightDecay, \.weightDecay)
    decayed = try value(.decayed, \.decayed)
    smoothing = try value(.smoothing, \.smoothing)
    balancesClasses = try value(.balancesClasses, \.balancesClasses)
    freezesNorms = try value(.freezesNorms, \.freezesNorms)
    average = try optional(.average, \.average)
    clip = try optional(.clip, \.clip)
    dropout = try optional(.dropout, \.dropout)
    stochasticDepth = try optional(.stochasticDepth, \.stochasticDepth)
    patience = try optional(.patience, \.patience)
    if let base, fields.contains(.augmentation) {
      augmentation = try Augmentation(
        from: fields.superDecoder(forKey: .augmentation), base: base.augmentation)
    } else {
      augmentation = try value(.augmentation, \.augmentation)
    }
  }

  /// Where fields that are left out come from; nil if none may be.
  private static func base(
    _ fields: KeyedDecodingContainer<CodingKeys>, _ decoder: any Decoder
  ) throws -> Recipe? {
    if let name = try fields.decodeIfPresent(String.self, forKey: .base) {
      if let base = all.first(where: { $0.name == name }) { return base }
      try fields.superDecoder(forKey: .base).refuse(
        "there is no recipe \(WeightsError.quoted(name)); there are "
          + all.map(\.name).joined(separator: ", "))
    }
    guard let standard = decoder.userInfo[standardKey] as? Recipe else { return nil }
    let name = try fields.decodeIfPresent(String.self, forKey: .name)
    return all.first { $0.name == name } ?? standard
  }

  /// Writes all fields, those without a value as null.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(name, forKey: .name)
    try fields.encode(epochs, forKey: .epochs)
    try fields.encode(headEpochs, forKey: .headEpochs)
    try fields.encode(batch, forKey: .batch)
    try fields.encode(accumulation, forKey: .accumulation)
    try fields.encode(optimizer, forKey: .optimizer)
    try fields.encode(rate, forKey: .rate)
    try fields.encode(rateBatch, forKey: .rateBatch)
    try fields.encode(decay, forKey: .decay)
    try fields.encode(warmUpEpochs, forKey: .warmUpEpochs)
    try fields.encode(layerDecay, forKey: .layerDecay)
    try fields.encode(weightDecay, forKey: .weightDecay)
    try fields.encode(decayed, forKey: .decayed)
    try fields.encode(smoothing, forKey: .smoothing)
    try fields.encode(balancesClasses, forKey: .balancesClasses)
    try fields.encode(freezesNorms, forKey: .freezesNorms)
    try fields.encode(average, forKey: .average)
    try fields.encode(clip, forKey: .clip)
    try fields.encode(dropout, forKey: .dropout)
    try fields.encode(stochasticDepth, forKey: .stochasticDepth)
    try fields.encode(patience, forKey: .patience)
    try fields.encode(augmentation, forKey: .augmentation)
  }
}
