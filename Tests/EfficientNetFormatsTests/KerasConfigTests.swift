import EfficientNet
import Testing

@testable import EfficientNetFormats

/// Configurations as Keras 2 and 3 write them, cut down to what is read.
@Suite struct KerasConfigTests {
  private func layer(_ json: String) throws(WeightsError) -> KerasLayer {
    try KerasLayer(json: Array(json.utf8), source: "config.json")
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
    #expect(
      model.metadata == [
        "keras_input": "8,9,3", "keras_rescaling": "[]", "keras_classifier_activation": "sigmoid",
      ])
  }

  @Test func readsWrappedNumbersAndNamesWhatItDoesNotRead() throws {
    let model = try layer(
      """
      {"class_name": "Functional", "config": {"name": "net", "layers": [
        {"class_name": "InputLayer", "config": {"batch_shape": [null, null, null, 3]}},
        {"class_name": "Rescaling", "config": {"name": "r", "offset": -1,
          "scale": {"class_name": "__numpy__", "config": {"value": [0.5, 0.25], "dtype": "float32"}}}},
        {"class_name": "Rescaling", "config": {"name": "odd", "scale": "half", "offset": 0}},
        {"class_name": "TFOpLambda", "config": {"name": "tf.math.truediv"}},
        {"class_name": "Dense", "config": {"name": "d", "activation": "linear"}},
        {"class_name": "Lambda", "config": {"name": "behind"}},
        {"class_name": "Softmax", "config": {"name": "s"}}]}}
      """)
    #expect(
      model.metadata == [
        "keras_config_name": "net", "keras_rescaling": #"[{"offset":-1,"scale":[0.5,0.25]}]"#,
        "keras_unread_preprocessing": "odd,tf.math.truediv",
        "keras_classifier_activation": "softmax",
      ])
  }

  @Test(
    "a Normalization layer with constants rescales",
    arguments: [
      (
        #""mean": [3, 0], "variance": [4, 0.25]"#, #"[{"offset":[-1.5,-0],"scale":[0.5,2]}]"#, false
      ),
      (#""mean": 1, "variance": 0.25, "invert": false"#, #"[{"offset":-2,"scale":2}]"#, false),
      (#""mean": null, "variance": null"#, "[]", false),
      (#""axis": [3]"#, "[]", false),
      (#""mean": 1, "variance": 0.25, "invert": true"#, "[]", true),
      (#""mean": null, "variance": null, "invert": true"#, "[]", true),
      (#""mean": [1, 2], "variance": [1]"#, "[]", true),
      (#""mean": [1, 2], "variance": 1"#, "[]", true),
      (#""mean": 1, "variance": 0"#, "[]", true),
      (#""mean": [[1]], "variance": [[1]]"#, "[]", true),
      (#""mean": 1, "variance": null"#, "[]", true),
    ])
  func normalizes(config: String, rescaling: String, isUnread: Bool) throws {
    let model = try layer(
      """
      {"class_name": "Functional", "config": {"layers": [
        {"class_name": "Normalization", "config": {"name": "n", \(config)}},
        {"class_name": "Dense", "config": {"name": "d"}}]}}
      """)
    #expect(model.metadata["keras_rescaling"] == rescaling)
    #expect(model.metadata["keras_unread_preprocessing"] == (isUnread ? "n" : nil))
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
    #expect(throws: WeightsError.self) { try layer(json) }
  }
}
