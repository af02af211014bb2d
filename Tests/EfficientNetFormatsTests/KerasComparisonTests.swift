import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetFormats

/// Configurations that Keras 3.15 wrote (Tools/reference/make_keras_configs.py), unchanged and with
/// one change each: a configuration that our network computes is read; all others are refused by
/// name.
@Suite("Keras configurations compared with our networks")
struct KerasComparisonTests {
  private static let files: [String: String] = {
    var files: [String: String] = [:]
    do {
      let archive = try Fixture.bytes("keras_configs.zip")
      let zip = try ZipDirectory(of: archive.span.bytes)
      for name in zip.names {
        let bytes = try zip.extract(name, from: archive.span.bytes, limit: 1 << 20)
        files[name] = String(decoding: bytes, as: UTF8.self)
      }
    } catch {
      fatalError("\(error)")
    }
    return files
  }()

  private static func config(_ name: String) -> String { files["\(name).json"]! }

  private func description(_ family: Family = .efficientNet, classes: Int = 10) -> ModelDescription
  {
    var architecture = family.architecture(
      name: "small", scale: CompoundScale(width: 0.25, depth: 0.3, resolution: 64, dropout: 0.2))
    architecture.classes = classes
    return architecture.standardDescription(provenance: "")
  }

  /// The description and the notes after a file with such a configuration was read.
  private func read(
    _ json: String, _ description: ModelDescription, naming: NameMap = .keras
  ) throws -> (description: ModelDescription, notes: [String]) {
    var weights = Weights(source: "net.keras")
    for leaf in ["mean", "variance"] {
      weights.tensors["normalization/\(leaf)"] = WeightTensor(shape: [3], elements: [1, 1, 1])
    }
    var notes: [String] = []
    let model = try KerasLayer(json: Array(json.utf8))
    let file = WeightFile(weights: weights, keras: model)
    let adapted = try description.adapted(toKeras: file, naming: naming, notes: &notes)
    return (adapted, notes)
  }

  private func refusal(
    _ json: String, _ description: ModelDescription? = nil, naming: NameMap = .keras
  ) -> String {
    do {
      _ = try read(json, description ?? self.description(), naming: naming)
      return "it is read"
    } catch {
      return "\(error)"
    }
  }

  /// `plain.json` with one layer's settings changed.
  private func edited(_ layer: String, _ edit: (inout [String: Any]) -> Void) throws -> String {
    let data = Data(Self.config("plain").utf8)
    var model = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    var config = try #require(model["config"] as? [String: Any])
    var layers = try #require(config["layers"] as? [[String: Any]])
    let place = try #require(layers.firstIndex { $0["name"] as? String == layer })
    edit(&layers[place])
    config["layers"] = layers
    model["config"] = config
    return String(decoding: try JSONSerialization.data(withJSONObject: model), as: UTF8.self)
  }

  /// A Sequential of the network without its classifier, followed by the given layers.
  private func sequence(_ layers: String, front: String = "") -> String {
    """
    {"module": "keras", "class_name": "Sequential", "registered_name": null,
     "config": {"name": "mine", "layers": [
      {"class_name": "InputLayer", "config": {"batch_shape": [null, 64, 64, 3], "name": "i"}},
      \(front) \(Self.config("features"))\(layers.isEmpty ? "" : ",") \(layers)]}}
    """
  }

  private static let pooling =
    #"{"class_name": "GlobalAveragePooling2D", "config": {"name": "gap"}}"#
  private static let dense =
    #"{"class_name": "Dense", "config": {"name": "mine", "units": 10, "activation": "sigmoid"}}"#

  @Test(arguments: ["plain", "old"])
  func readsWhole(name: String) throws {
    let (description, notes) = try read(Self.config(name), description())
    #expect(description.output == .softmax && notes == [])
    // x / 255, then a normalization with mean and variance one.
    #expect(description.preprocessing.mean.allSatisfy { abs($0 - 255) < 1e-3 })
    #expect(description.preprocessing.std.allSatisfy { abs($0 - 255) < 1e-3 })
    let v2 = try read(Self.config("v2"), self.description(.v2Base), naming: .kerasV2)
    #expect(v2.notes == [] && abs(v2.description.preprocessing.mean[0] - 123.675) < 1e-3)
  }

  /// Without preprocessing layers, Keras expects −1 to 1; a note says so.
  @Test func notesThatNothingPreparesPhotos() throws {
    let (description, notes) = try read(
      Self.config("v2plain"), description(.v2Base), naming: .kerasV2)
    #expect(description.preprocessing.mean == [127.5, 127.5, 127.5])
    #expect(description.preprocessing.std == [127.5, 127.5, 127.5])
    #expect(notes.count == 1 && notes[0].contains("has no preprocessing layers"))
    // A Rescaling layer in front takes the place of the default.
    let own = try read(
      """
      {"class_name": "Sequential", "config": {"name": "mine", "layers": [
        {"class_name": "InputLayer", "config": {"batch_shape": [null, 64, 64, 3], "name": "i"}},
        {"class_name": "Rescaling", "config": {"name": "r", "scale": 0.5, "offset": -3}},
        \(Self.config("v2plain"))]}}
      """, self.description(.v2Base), naming: .kerasV2)
    #expect(own.notes == [] && own.description.preprocessing.mean == [6, 6, 6])
  }

  /// A network inside a model, with layers around it that do nothing at inference.
  @Test func readsModelsInModels() throws {
    let flip = #"{"class_name": "RandomFlip", "config": {"name": "f", "mode": "horizontal"}},"#
    let drop = #"{"class_name": "Dropout", "config": {"name": "d", "rate": 0.5}}"#
    for layers in [
      "\(Self.pooling), \(Self.dense)", "\(Self.pooling), \(drop), \(Self.dense)",
      #"\#(Self.pooling), {"class_name": "Flatten", "config": {"name": "l"}}, \#(Self.dense)"#,
    ] {
      let (description, _) = try read(sequence(layers, front: flip), description())
      #expect(description.output == .sigmoid)
    }
    // Without a classifier, with and without pooling.
    for layers in ["", Self.pooling] {
      _ = try read(sequence(layers), description(classes: 0))
    }
  }

  @Test(arguments: [
    (
      #"{"class_name": "GlobalMaxPooling2D", "config": {"name": "max"}}, \#(dense)"#,
      "layer 'max' (GlobalMaxPooling2D) is where small has global average pooling"
    ),
    (
      #"\#(pooling), {"class_name": "Rescaling", "config": {"name": "r", "scale": 3}}, \#(dense)"#,
      "layer 'r' (Rescaling) is where small has global average pooling"
    ),
    (
      #"\#(pooling), {"class_name": "Dense", "config": {"name": "h", "units": 9, "activation": "relu"}}, \#(dense)"#,
      "layer 'h' (Activation) 'relu' is where"
    ),
    (
      #"\#(pooling), {"class_name": "Lambda", "config": {"name": "l"}}, \#(dense)"#,
      "layer 'l' (Lambda)"
    ),
    (
      #"\#(pooling), {"class_name": "Dense", "config": {"name": "m", "units": 10, "activation": "tanh"}}"#,
      "it ends in 'tanh'; supported are softmax, sigmoid and linear"
    ),
    (
      #"\#(pooling), \#(dense), {"class_name": "Softmax", "config": {"name": "s"}}"#,
      "is a second activation behind the classifier"
    ),
    (
      #"\#(pooling), {"class_name": "Dense", "config": {"name": "m", "units": 10, "magic": 1}}"#,
      "layer 'm' (Dense) has an unknown setting 'magic'"
    ),
    (
      #"\#(pooling), {"class_name": "Mine>Dense", "config": {"name": "m", "units": 10}}"#,
      "layer 'm' is a Dense of 'Mine', not of Keras"
    ),
    (
      #"\#(pooling), {"module": "keras_extra", "class_name": "Dense", "registered_name": "Dense", "config": {"name": "m", "units": 10}}"#,
      "layer 'm' is a Dense of 'keras_extra', not of Keras"
    ),
    (
      #"\#(pooling), {"class_name": "Dense", "config": {"name": "m", "units": 10, "dtype": {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}}}}"#,
      "layer 'm' (Dense) computes in the unknown type QuantizedDTypePolicy"
    ),
  ])
  func refusesOtherHeads(layers: String, message: String) {
    let refusal = refusal(sequence(layers))
    #expect(refusal.hasPrefix("net.keras cannot be run like the model in Keras: "))
    #expect(refusal.contains(message), "\(refusal)")
  }

  /// Every setting that changes what a layer computes.
  @Test(arguments: [
    ("stem_conv", "strides", "[1,1]"), ("stem_conv", "data_format", "\"channels_first\""),
    ("stem_conv", "padding", "\"same\""), ("stem_conv_pad", "padding", "[[1,1],[1,1]]"),
    ("stem_conv", "dilation_rate", "[2,2]"), ("top_conv", "groups", "2"),
    ("block1a_dwconv", "kernel_size", "[5,5]"), ("block1a_dwconv", "depth_multiplier", "2"),
    ("block1a_dwconv", "padding", "\"valid\""), ("top_conv", "filters", "7"),
    ("top_conv", "use_bias", "true"), ("stem_bn", "axis", "1"), ("stem_bn", "center", "false"),
    ("stem_bn", "renorm", "true"), ("predictions", "use_bias", "false"),
    ("predictions", "units", "9"), ("avg_pool", "data_format", "\"channels_first\""),
    ("stem_bn", "dtype", "\"int8\""),
  ])
  func refusesSettings(layer: String, key: String, value: String) throws {
    let json = try edited(layer) { layer in
      var config = layer["config"] as? [String: Any] ?? [:]
      config[key] = try? JSONSerialization.jsonObject(
        with: Data(value.utf8), options: .fragmentsAllowed)
      layer["config"] = config
    }
    let refusal = refusal(json)
    #expect(
      refusal.contains("layer '\(layer)'") || refusal.contains("layer 'stem_conv"), "\(refusal)")
  }

  @Test(arguments: [
    ("stem_activation", "'gelu'"), ("block1a_se_reduce", "'relu'"),
    ("block1a_se_expand", "'hard_sigmoid'"),
  ])
  func refusesActivations(layer: String, activation: String) throws {
    let json = try edited(layer) { layer in
      var config = layer["config"] as? [String: Any] ?? [:]
      config["activation"] = activation.filter { $0 != "'" }
      layer["config"] = config
    }
    #expect(refusal(json).contains("layer '\(layer)' (Activation) \(activation) is where"))
  }

  @Test func refusesOneEpsilonOfSeveral() throws {
    let json = try edited("block1a_bn") { layer in
      var config = layer["config"] as? [String: Any] ?? [:]
      config["epsilon"] = 0.01
      layer["config"] = config
    }
    #expect(refusal(json).contains("has epsilon"))
    // One epsilon for all layers becomes the network's.
    let all = Self.config("plain").replacing("\"epsilon\": 0.001", with: "\"epsilon\": 0.01")
    #expect(try read(all, description()).description.architecture.batchNormEpsilon == 0.01)
  }

  /// The same layers with other connections.
  @Test func refusesConnections() throws {
    let plain = Self.config("plain")
    // A sum with the output of another layer.
    let add = #"["stem_activation", 0, 0]"#
    let multiply = #"["block1a_activation", 0, 0]"#
    for (layer, from, to) in [
      ("block1a_dwconv", add, #"["stem_bn", 0, 0]"#),
      ("block1a_se_excite", multiply, add),
      ("predictions", #"["top_dropout", 0, 0]"#, #"["top_dropout", 0, 1]"#),
      ("predictions", #"["top_dropout", 0, 0]"#, #"["nobody", 0, 0]"#),
    ] {
      let start = try #require(plain.range(of: #""name": "\#(layer)", "inbound_nodes""#))
      let place = try #require(plain.range(of: from, range: start.upperBound..<plain.endIndex))
      #expect(refusal(plain.replacingCharacters(in: place, with: to)).contains("cannot be run"))
    }
    for (from, to, message) in [
      (
        #""output_layers": ["predictions", 0, 0]"#,
        #""output_layers": [["predictions", 0, 0], ["avg_pool", 0, 0]]"#, "1 inputs and 2 outputs"
      ),
      (#""kwargs": {"mask": null}"#, #""kwargs": {"mask": 3}"#, "is called with 'mask'"),
      (
        #""name": "top_conv", "inbound_nodes": ["#, #""name": "top_conv", "inbound_nodes": [{}, "#,
        "'top_conv' (Conv2D) is used 2 times"
      ),
    ] {
      #expect(plain.contains(from))
      #expect(refusal(plain.replacing(from, with: to)).contains(message))
    }
    // In Keras 2, a layer that was called in training mode keeps this mode.
    let old = Self.config("old")
    let dropout = #"["avg_pool", 0, 0, {}]"#
    #expect(old.contains(dropout))
    #expect(
      refusal(old.replacing(dropout, with: #"["avg_pool", 0, 0, {"training": true}]"#))
        .contains("'top_dropout' is called with training = true"))
  }

  @Test func refusesOtherSizes() throws {
    let json = Self.config("plain").replacing("[null, 64, 64, 3]", with: "[null, 64, 32, 3]")
    #expect(refusal(json).contains("images of 64×32; they must be square"))
    let huge = "[null, 4611686018427387904, 4611686018427387904, 3]"
    #expect(
      refusal(Self.config("plain").replacing("[null, 64, 64, 3]", with: huge))
        .contains("they must be square, of 1 to 65536 pixels"))
    // An odd number of pixels with the padding of an even one.
    let odd = Self.config("plain").replacing("[null, 64, 64, 3]", with: "[null, 65, 65, 3]")
    #expect(refusal(odd).contains("(ZeroPadding2D) has padding [[1, 2]"))
  }
}
