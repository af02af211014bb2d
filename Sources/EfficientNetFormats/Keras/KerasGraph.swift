internal import EfficientNet

/// What a Keras configuration computes, models in models unfolded: its layers, each with the layers that it reads.
struct KerasGraph {
  /// A layer, or the activation that a layer with weights ends in.
  struct Node {
    let className: String
    let name: String
    let settings: [String: KerasSetting]
    /// The nodes that it reads, all of them earlier ones.
    let inputs: [Int]

    /// For messages.
    var title: String { "layer \(WeightsError.quoted(name)) (\(className.prefix(60)))" }
  }

  /// The nodes, in an order in which they can run.
  private(set) var nodes: [Node] = []
  /// The node whose value is the model's.
  private(set) var output = 0
  private let source: String

  /// Unfolds a model.
  ///
  /// - Throws: ``WeightsError``, which names a layer that is not Keras' own, that is used more than once, that several
  ///   models share or that is called with more than other layers' values.
  init(_ model: KerasLayer, source: String) throws(WeightsError) {
    self.source = source
    output = try add(model, reading: [], depth: 0)
  }

  /// Models inside each other that are followed.
  private static let maximumDepth = 8

  /// Adds a layer, of a model all layers, and returns the node with its value.
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
      throw refusal("it has models inside each other, \(Self.maximumDepth) deep")
    }
    guard inputs.count <= 1 else {
      throw refusal("the model \(WeightsError.quoted(name)) has \(inputs.count) inputs")
    }
    return layer.className == "Sequential"
      ? try addSequence(layer, reading: inputs, depth: depth)
      : try addFunctional(layer, reading: inputs, depth: depth)
  }

  /// A class of others that is the same for everybody: EfficientNet's dropout of many Keras programs.
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
        // The first layer tells the shape of the input.
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
        throw refusal("its layers have no names, or two of them \(layer.name ?? "none")")
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
            + "\(layer.calls?.count ?? 0) times; only layers that are used once are read")
      }
      var read: [Int] = []
      for input in try layersRead(by: call, of: name) {
        guard let value = values[input] else {
          throw refusal(
            "layer \(WeightsError.quoted(name)) reads \(WeightsError.quoted(input)), "
              + "which does not come before it")
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
    .unsupported(source: source, reason: "cannot be run as it was built: \(reason)")
  }
}

extension KerasGraph {
  /// The layers that `["input_layer", 0, 0]`, or a list of such, names.
  private func ends(_ field: String, of model: KerasLayer) throws(WeightsError) -> [String] {
    guard let list = model.settings[field]?.list else {
      throw refusal("its configuration has no list \(field)")
    }
    return try (list.first?.text == nil ? list : [.list(list)]).map(layer)
  }

  /// The layer of a reference [layer, call, output].
  private func layer(_ reference: KerasSetting) throws(WeightsError) -> String {
    guard let parts = reference.list, parts.count >= 3, let name = parts[0].text,
      parts[2] == 0
    else { throw refusal("its configuration has a connection \(reference)") }
    return name
  }

  /// The layers whose values a layer is called with.
  ///
  ///     {"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["stem_conv", 0, 0]}}], "kwargs": {}}
  ///     [["stem_conv", 0, 0, {}]]                          before Keras 3
  private func layersRead(
    by call: KerasSetting, of name: String
  ) throws(WeightsError) -> [String] {
    func unknown(_ argument: some CustomStringConvertible) -> WeightsError {
      refusal("layer \(WeightsError.quoted(name)) is called with \(argument)")
    }
    if let arguments = call["args"]?.list {
      if case .fields(let named)? = call["kwargs"] {
        // Keras 3 writes what it saw when the model was built; a prediction has training = False.
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
