public import EfficientNetSystem

extension Architecture {
  /// Checks that the network can be built: every field is in its range, and the network needs at
  /// most 2 GB for feature maps. A network read from a file may have any values.
  ///
  /// - Throws: ``ArchitectureError`` that names the field, its value and its range.
  public func validate() throws(ArchitectureError) {
    func require(
      _ isRight: Bool, _ field: String, _ value: some CustomStringConvertible, _ range: String
    ) throws(ArchitectureError) {
      guard isRight else {
        throw ArchitectureError(name: name, field: field, value: value.description, range: range)
      }
    }
    func check(_ value: Int, _ field: String, _ range: ClosedRange<Int>) throws(ArchitectureError) {
      try require(
        range.contains(value), field, value,
        "\(range.lowerBound) \(range.count == 2 ? "or" : "to") \(range.upperBound)")
    }
    guard !name.isEmpty, name.utf8.count <= 200, name == name.oneLine else {
      throw ArchitectureError(
        name: String(name.prefix(50)), field: "name", value: WeightsError.quoted(name),
        range: "1 to 200 printable characters")
    }
    let channels = 1...16384
    try check(resolution, "resolution", 1...8192)
    try check(inputChannels, "inputChannels", 1...1024)
    try check(stem, "stem", channels)
    if let head { try check(head, "head", channels) }
    try check(classes, "classes", 0...1_000_000)
    try check(stages.count, "stages.count", 1...64)
    for (index, stage) in stages.enumerated() {
      let field = "stages[\(index)]"
      try check(stage.expand, "\(field).expand", 1...64)
      try check(stage.kernel, "\(field).kernel", 1...31)
      try require(stage.kernel % 2 == 1, "\(field).kernel", stage.kernel, "an odd number")
      try check(stage.stride, "\(field).stride", 1...2)
      try check(stage.channels, "\(field).channels", channels)
      try check(stage.repeats, "\(field).repeats", 1...256)
      if let squeeze = stage.squeeze {
        try require(
          squeeze > 0 && squeeze <= Double(stage.expand), "\(field).squeeze", squeeze,
          "above 0 and at most \(stage.expand)")
      }
      if let problem = stage.contradiction {
        try require(false, "\(field).\(problem.field)", problem.value, problem.range)
      }
      if let channels = stage.expandedFrom {
        try check(channels, "\(field).expandedFrom", 1...16384)
      }
    }
    let shares = [
      ("dropout", dropout), ("stochasticDepth", stochasticDepth),
      ("batchNormMomentum", batchNormMomentum),
    ]
    for (field, share) in shares {
      try require(0..<1 ~= share, field, share, "at least 0 and below 1")
    }
    try require(
      batchNormEpsilon > 0 && batchNormEpsilon < 1, "batchNormEpsilon", batchNormEpsilon,
      "above 0 and below 1")
    try check(stages.reduce(0) { $0 + $1.repeats }, "number of blocks", 1...1000)
    // Feature maps take most of the memory: no published network comes near 2 GB.
    let graph = Graph(self)
    let parameters = graph.parameterCount
    try check(parameters, "number of parameters", 1...1 << 30)
    let plan = Plan(graph, inputShape: inputShape)
    try require(
      plan.memoryCount <= 1 << 29, "memory for feature maps", "\(plan.memoryCount >> 18) MB",
      "at most 2048 MB; lower the resolution or the channels")
    // Large filters need memory for the rows that they cover, and narrow layers are padded.
    try require(
      plan.scratchCount <= 1 << 22, "memory for a filter", "\(plan.scratchCount >> 18) MB",
      "at most 16 MB; lower a kernel or the resolution")
    try require(
      plan.constantCount <= max(1 << 26, 3 * parameters), "memory for weights",
      "\(plan.constantCount >> 18) MB",
      "at most three times the size of its \(parameters) parameters; widen the narrowest layers")
  }
}

extension Architecture {
  package func validateClassifier() throws(ArchitectureError) {
    guard classes > 0 else {
      throw ArchitectureError(
        name: name, field: "classes", value: "0",
        range: "at least 1 to classify: the network has no classifier")
    }
  }

  /// Checks that the network takes the three channels of photos.
  package func validateForPhotos() throws(ArchitectureError) {
    guard inputChannels == 3 else {
      throw ArchitectureError(
        name: name, field: "inputChannels", value: "\(inputChannels)",
        range: "3 for photos", refusesPhotos: true)
    }
  }
}

extension Stage {
  /// The first field that is missing or not allowed for this kind of block, with its value and its
  /// valid range.
  fileprivate var contradiction: (field: String, value: String, range: String)? {
    let squeeze = squeeze.map { "\($0)" }
    let pooledSkip = (
      field: "skip", value: skip.json,
      range: "true or false: only mbConv and fusedMBConv blocks pool"
    )
    switch block {
    case .mbConv: return nil
    case .fusedMBConv:
      guard let squeeze, expand == 1 else { return nil }
      return ("squeeze", squeeze, "left out: a fused block that does not expand has none")
    case .articleMBConv:
      if skip == .pool { return pooledSkip }
      guard squeeze == nil else { return nil }
      return ("squeeze", "missing", "above 0: the article's block always has one")
    case .separable:
      if expand != 1 { return ("expand", "\(expand)", "1: a separable block does not expand") }
      if skip != .none { return ("skip", skip.json, "left out: a separable block adds nothing") }
    case .bottleneck:
      if skip == .pool { return pooledSkip }
    }
    let name = block.rawValue
    if let squeeze { return ("squeeze", squeeze, "left out: a \(name) block has none") }
    return expandedFrom.map {
      ("expandedFrom", "\($0)", "left out: a \(name) block does not expand its input")
    }
  }
}

/// An error for a network that cannot be built, or for a file that does not describe a network.
public struct ArchitectureError: LibraryError {
  /// The invalid field and its value; nil for errors that concern a whole file.
  package let field, value: String?
  /// Whether the network is valid, but its input is not a photo.
  package let refusesPhotos: Bool
  /// The error in one line, for instance "my-net: stages[2].kernel is 4; it must be an odd number".
  public let description: String
  /// Always "architecture".
  public var kind: String { "architecture" }

  init(name: String, field: String, value: String, range: String, refusesPhotos: Bool = false) {
    (self.field, self.value, self.refusesPhotos) = (field, value, refusesPhotos)
    description = "\(name): \(field) is \(value); it must be \(range)".oneLine
  }

  /// Creates an error with a message, which must be a single line.
  init(_ description: String) {
    (field, value, refusesPhotos) = (nil, nil, false)
    self.description = description
  }
}
