internal import EfficientNet

/// The computation that a Keras configuration describes, with nested models unfolded: a list of
/// layers, each with the layers that it reads.
struct KerasGraph {
  /// A layer, or the activation that a layer with weights applies at its end (`activation=`).
  struct Node {
    let className: String
    let name: String
    let settings: [String: KerasSetting]
    /// The nodes that the layer reads; all precede it.
    let inputs: [Int]

    var title: String { "layer \(WeightsError.quoted(name)) (\(className.prefix(60)))" }
  }

  private(set) var nodes: [Node] = []
  /// The node with the model's output.
  private(set) var output = 0
  private let source: String

  /// Unfolds a model.
  ///
  /// - Throws: ``WeightsError``, which names a layer that is not one of Keras, is used more than
  ///   once, is shared by several models, or is called with values other than those of layers.
  init(_ model: KerasLayer, source: String) throws(WeightsError) {
    self.source = source
    output = try add(model, reading: [], depth: 0)
  }

  /// The largest depth of nested models.
  private static let maximumDepth = 8

  /// Adds a layer, or all layers of a model, and returns the node with its output.
  private mutating func add(
    _ layer: KerasLayer, reading inputs: [Int], depth: Int
  ) throws(WeightsError) -> Int {
    let name = layer.name ?? layer.className
    guard layer.isModel else {
      if let package = layer.package, !Self.isKnown(layer.className) {
        throw refusal(
          "layer \(WeightsError.quoted(name)) is a \(layer.className.prefix(60)) of "
            + "\(WeightsError.quoted(package)), not of Keras")
      }
      return append(layer, name: name, inputs)
    }
    guard depth < Self.maximumDepth else {
      throw refusal("it has more than \(Self.maximumDepth) nested models")
    }
    guard inputs.count <= 1 else {
      throw refusal("the model \(WeightsError.quoted(name)) has \(inputs.count) inputs")
    }
    return layer.className == "Sequential"
      ? try addSequence(layer, reading: inputs, depth: depth)
      : try addFunctional(layer, reading: inputs, depth: depth)
  }

  /// Returns whether a custom class is the same in all programs: the dropout of many EfficientNets
  /// in Keras.
  private static func isKnown(_ className: String) -> Bool { className == "FixedDropout" }

  private mutating func append(_ layer: KerasLayer, name: String, _ inputs: [Int]) -> Int {
    nodes.append(
      Node(
        className: layer.className, name: name, settings: layer.settings, inputs: inputs))
    if layer.className != "Activation", let activation = layer.settings["activation"],
      activation != .null, activation != "linear"
    {
      nodes.append(
        Node(
          className: "Activation", name: name, settings: ["activation": activation],
          inputs: [nodes.count - 1]))
    }
    return nodes.count - 1
  }

  private mutating func addSequence(
    _ model: KerasLayer, reading inputs: [Int], depth: Int
  ) throws(WeightsError) -> Int {
    var inputs = inputs
    for layer in model.layers {
      if layer.className == "InputLayer", !inputs.isEmpty { continue }
      if layer.className != "InputLayer", !layer.isModel, inputs.isEmpty {
        // The first layer states the shape of the input.
        nodes.append(
          Node(
            className: "InputLayer", name: "input", settings: layer.settings, inputs: []))
        inputs = [nodes.count - 1]
      }
      inputs = [try add(layer, reading: inputs, depth: depth + 1)]
    }
    guard let last = inputs.first else { throw refusal("a model in it has no layers") }
    return last
  }

  private mutating func addFunctional(
    _ model: KerasLayer, reading inputs: [Int], depth: Int
  ) throws(WeightsError) -> Int {
    let name = WeightsError.quoted(model.name ?? model.className)
    let entries = try ends("input_layers", of: model)
    let exits = try ends("output_layers", of: model)
    guard entries.count == 1, exits.count == 1 else {
      throw refusal(
        "the model \(name) has \(entries.count) inputs and \(exits.count) outputs, not one each")
    }
    var values: [String: Int] = [:]
    for layer in model.layers {
      guard let name = layer.name, values[name] == nil else {
        throw refusal(
          layer.name.map { "two of its layers have the name \(WeightsError.quoted($0))" }
            ?? "one of its layers has no name")
      }
      if layer.className == "InputLayer" {
        guard name == entries[0] else {
          throw refusal("layer \(WeightsError.quoted(name)) is a second input")
        }
        values[name] = inputs.first ?? append(layer, name: name, [])
        continue
      }
      guard let call = layer.calls?.first, layer.calls?.count == 1 else {
        throw refusal(
          "layer \(WeightsError.quoted(name)) (\(layer.className)) is used "
            + "\(layer.calls?.count ?? 0) times; every layer must be used once")
      }
      var read: [Int] = []
      for input in try layersRead(by: call, of: name) {
        guard let value = values[input] else {
          throw refusal(
            "layer \(WeightsError.quoted(name)) reads \(WeightsError.quoted(input)), "
              + "which does not precede it")
        }
        read.append(value)
      }
      values[name] = try add(layer, reading: read, depth: depth + 1)
    }
    guard let value = values[exits[0]] else {
      throw refusal("the model \(name) has no layer \(WeightsError.quoted(exits[0]))")
    }
    return value
  }

  func refusal(_ reason: String) -> WeightsError {
    .unsupported(source: source, reason: "cannot be run like the model in Keras: \(reason)")
  }
}

extension KerasGraph {
  /// Returns the names of the layers in `["input_layer", 0, 0]` or in a list of such references.
  private func ends(_ field: String, of model: KerasLayer) throws(WeightsError) -> [String] {
    guard let list = model.settings[field]?.list else {
      throw refusal("its configuration has no list \(field)")
    }
    return try (list.first?.text == nil ? list : [.list(list)]).map(layer)
  }

  /// Returns the name of the layer in a reference [layer, call, output].
  private func layer(_ reference: KerasSetting) throws(WeightsError) -> String {
    guard let parts = reference.list, parts.count >= 3, let name = parts[0].text,
      parts[2] == 0
    else { throw refusal("its configuration has a connection \(reference)") }
    return name
  }

  /// Returns the layers whose values a layer is called with.
  ///
  ///     {"args": [{"class_name": "__keras_tensor__",
  ///                "config": {"keras_history": ["stem_conv", 0, 0]}}], "kwargs": {}}
  ///     [["stem_conv", 0, 0, {}]]                          before Keras 3
  private func layersRead(
    by call: KerasSetting, of name: String
  ) throws(WeightsError) -> [String] {
    func unknown(_ argument: some CustomStringConvertible) -> WeightsError {
      refusal("layer \(WeightsError.quoted(name)) is called with \(argument)")
    }
    if let arguments = call["args"]?.list {
      if case .fields(let named)? = call["kwargs"] {
        // Keras 3 writes the arguments of the model's construction; a prediction has
        // training = False.
        for (key, value) in named where key != "training" && value != .null {
          throw unknown(WeightsError.quoted(key))
        }
      }
      var layers: [String] = []
      var rest = Array(arguments.reversed())
      while let argument = rest.popLast() {
        if argument == .null { continue }
        if let list = argument.list {
          rest += list.reversed()
        } else if argument["class_name"] == "__keras_tensor__",
          let reference = argument["config"]?["keras_history"]
        {
          layers.append(try layer(reference))
        } else {
          throw unknown(argument)
        }
      }
      return layers
    }
    guard let references = call.list else { throw unknown(call) }
    return try (references.first?.text == nil ? references : [call]).map {
      (reference) throws(WeightsError) in
      if let parts = reference.list, parts.count > 3 {
        guard case .fields(let named) = parts[3] else { throw unknown(parts[3]) }
        for (key, value) in named
        where value != .null && !(key == "training" && value == false) {
          throw unknown("\(key.prefix(40)) = \(value)")
        }
      }
      return try layer(reference)
    }
  }
}
