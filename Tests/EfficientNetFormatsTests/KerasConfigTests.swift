import EfficientNet
import Testing

@testable import EfficientNetFormats

/// Configurations as Keras 2 and 3 write them, reduced to the parts that are read.
@Suite struct KerasConfigTests {
  private func layer(_ json: String) throws(FormatError) -> KerasLayer {
    try KerasLayer(json: Array(json.utf8))
  }

  @Test func readsAListOfLayers() throws {
    let model = try layer(
      """
      {"class_name": "Sequential", "config": [
        {"class_name": "Conv2D", "config": {"name": "a", "batch_input_shape": [null, 8, 9, 3]}},
        {"class_name": "Conv2D", "config": {"name": "b"}},
        {"class_name": "Mine>DepthwiseConv2D", "config": {"name": "c"}},
        {"class_name": "Activation", "config": {"name": "d", "activation": "sigmoid"}}]}
      """)
    #expect(
      model.layersByPath.compactMapValues(\.name)
        == [
          "layers/conv2d": "a", "layers/conv2d_1": "b", "layers/depthwise_conv2d": "c",
          "layers/activation": "d",
        ])
    #expect(model.metadata == ["keras_input": "8,9,3"])
  }

  @Test func readsWrappedNumbers() throws {
    let model = try layer(
      """
      {"class_name": "Rescaling", "config": {"name": "r", "offset": -1, "kernel_initializer": {"x": [{}]},
        "scale": {"class_name": "__numpy__", "config": {"value": [0.5, 0.25], "dtype": "float32"}}}}
      """)
    #expect(
      KerasStep(rescaling: model.settings)
        == .rescaling(KerasRescaling(scale: .many([0.5, 0.25]), offset: .one(-1))))
    #expect(model.settings.keys.sorted() == ["name", "offset", "scale"])
    #expect(model.metadata == ["keras_config_name": "r"])
    let tuple = try layer(
      #"{"class_name": "A", "config": {"t": {"class_name": "__tuple__", "items": [1, [2.5], "x", true, null]}}}"#
    )
    #expect(tuple.settings["t"] == [1, [.number(2.5)], "x", true, .null])
  }

  @Test(arguments: [
    ("BatchNormalization", "batch_normalization"), ("Conv2D", "conv2d"), ("ReLU", "re_lu"),
    ("DepthwiseConv2D", "depthwise_conv2d"), ("GlobalAveragePooling2D", "global_average_pooling2d"),
    ("InputLayer", "input_layer"), ("Functional", "functional"), ("LSTMCell", "lstm_cell"),
  ])
  func namesClassesLikeKeras(className: String, expected: String) {
    #expect(KerasLayer.snakeCase(className) == expected)
  }

  @Test(arguments: ["", "{", "[]", #"{"class_name": 3}"#, String(repeating: "[", count: 100_000)])
  func refuses(json: String) {
    #expect(throws: FormatError.self) { try layer(json) }
  }
}
