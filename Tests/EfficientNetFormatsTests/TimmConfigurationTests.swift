import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetFormats

@Suite struct TimmConfigurationTests {
  private let complete = """
    {"architecture": "tf_efficientnet_lite0", "num_classes": 1000, "num_features": 1280,
     "pretrained_cfg": {"tag": "in1k", "license": "apache-2.0", "input_size": [3, 224, 224],
     "test_input_size": [3, 256, 256], "fixed_input_size": false, "crop_pct": 0.875,
     "test_crop_pct": 1.0, "interpolation": "bicubic", "crop_mode": "center",
     "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}}
    """

  private func configuration(_ json: String) throws(TimmConfigurationError) -> TimmConfiguration {
    try TimmConfiguration(json: Array(json.utf8), file: "config.json")
  }

  private func failure(_ body: () throws(TimmConfigurationError) -> Void) -> String {
    do throws(TimmConfigurationError) {
      try body()
      return ""
    } catch {
      return error.description
    }
  }

  @Test func readsAll() throws {
    let configuration = try configuration(complete)
    #expect(configuration.architecture == "tf_efficientnet_lite0")
    #expect(configuration.numClasses == 1000)
    #expect(configuration.numFeatures == 1280)
    #expect(configuration.tag == "in1k")
    #expect(configuration.license == "apache-2.0")
    #expect(configuration.testInputSize?.width == 256)
    #expect(configuration.testCropFraction == 1)
    #expect(!configuration.hasFixedInputSize)
    let preprocessing = try configuration.preprocessing()
    #expect(
      preprocessing
        == Preprocessing(
          resize: 256, crop: 224, interpolation: .bicubic, mean: [123.675, 116.28, 103.53],
          std: [58.395, 57.12, 57.375]))
    #expect(try configuration.classLabels(count: 1000) == ClassLabel.imageNet)
    #expect(
      failure { () throws(TimmConfigurationError) in _ = try configuration.classLabels(count: 10) }
        == "config.json: 'num_classes' is 1000, the network has 10 outputs")
  }

  /// The format before `pretrained_cfg`, with timm's defaults for missing fields.
  @Test func readsOldFiles() throws {
    let old = try configuration(
      """
      {"architecture": "efficientnet_b1", "num_classes": 2, "labels": ["cat", "dog"],
       "input_size": [3, 240, 240], "interpolation": "bilinear", "crop_pct": 0.882,
       "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "license": null}
      """)
    #expect(
      try old.preprocessing()
        == Preprocessing(
          resize: 272, crop: 240, interpolation: .bilinear, mean: [127.5, 127.5, 127.5],
          std: [127.5, 127.5, 127.5]))
    #expect(try old.classLabels(count: 2).map(\.name) == ["cat", "dog"])
    let short = try configuration(
      #"{"architecture": "x", "pretrained_cfg": {"num_classes": 3, "input_size": [3, 64, 64]}}"#)
    #expect(try short.preprocessing().resize == 73)
    #expect(try short.preprocessing().mean == [123.675, 116.28, 103.53])
    #expect(try short.classLabels(count: 3).map(\.name) == ["class 0", "class 1", "class 2"])
  }

  @Test func namesClasses() throws {
    let described = try configuration(
      """
      {"architecture": "x", "num_classes": 2, "label_names": ["n01440764", "other"],
       "label_descriptions": {"n01440764": "tench\\n, fish"},
       "pretrained_cfg": {"input_size": [3, 64, 64]}}
      """)
    #expect(
      described.labels == [
        ClassLabel(name: "tench?, fish", wnid: "n01440764"), ClassLabel(name: "other"),
      ])
    let gaps = try configuration(
      """
      {"architecture": "x", "num_classes": 3, "label_names": {"0": "a", "2": "c"},
       "pretrained_cfg": {"input_size": [3, 64, 64]}}
      """)
    #expect(try gaps.classLabels(count: 3).map(\.name) == ["a", "class 1", "c"])
  }

  @Test(arguments: [
    (
      "\"num_classes\": 1000", "\"num_classes\": -1",
      "'num_classes' is -1; it must be from 0 to 1000000"
    ),
    (
      "\"num_classes\": 1000", "\"num_classes\": 1e30",
      "it is not JSON, or has a number that is too large or not whole"
    ),
    (
      "\"num_classes\": 1000", "\"num_classes\": true",
      "'num_classes' has a value of the wrong type"
    ),
    ("\"num_classes\": 1000,", "", "'num_classes' is missing"),
    (
      "\"architecture\"", "\"architectures\"",
      "is a configuration of transformers, not of timm; use a repository of timm"
    ),
    ("\"architecture\"", "\"arch\"", "'architecture' is missing"),
    (
      "[3, 224, 224]", "[3, 9000, 224]",
      "'pretrained_cfg.input_size' is 9000; it must be from 1 to 8192"
    ),
    ("[3, 224, 224]", "[224, 224]", "'pretrained_cfg.input_size' has 2 numbers, not 3"),
    (
      "[3, 224, 224]", "[3, 224, \"224\"]",
      "'pretrained_cfg.input_size[2]' has a value of the wrong type"
    ),
    (
      "[3, 256, 256]", "[3, 0, 256]",
      "'pretrained_cfg.test_input_size' is 0; it must be from 1 to 8192"
    ),
    (": 0.875", ": 0", "'pretrained_cfg.crop_pct' is 0.0; it must be above 0 and at most 1.5"),
    (": 0.875", ": 1.6", "'pretrained_cfg.crop_pct' is 1.6; it must be above 0 and at most 1.5"),
    (": 1.0", ": -1", "'pretrained_cfg.test_crop_pct' is -1.0; it must be above 0 and at most 1.5"),
    ("0.229", "0", "'pretrained_cfg.std' is 0.0; it must be from 0.0001 to 10.0"),
    ("0.485", "123.7", "'pretrained_cfg.mean' is 123.7; it must be from -10.0 to 10.0"),
    ("0.485, ", "", "'pretrained_cfg.mean' has 2 numbers, not 3"),
    (
      "\"num_features\": 1280", "\"label_names\": [\"a\"]",
      "'label_names' has 1 names for 1000 classes"
    ),
    (
      "\"num_features\": 1280", "\"label_names\": {\"1000\": \"a\"}",
      "'label_names' names output '1000' of 1000 classes"
    ),
    (
      "\"num_features\": 1280", "\"label_names\": [1]",
      "'label_names' has a value of the wrong type"
    ),
    (
      "\"num_features\": 1280", "\"model_args\": {\"drop_rate\": 0.2, \"act_layer\": \"relu\"}",
      "'model_args' has 'act_layer', which is not supported"
    ),
    (
      "\"num_features\": 1280", "\"num_features\": 0",
      "'num_features' is 0; it must be from 1 to 1000000"
    ),
  ])
  func namesTheProblem(part: String, replacement: String, expected: String) {
    let json = complete.replacing(part, with: replacement)
    #expect(json != complete)
    #expect(
      failure { () throws(TimmConfigurationError) in _ = try configuration(json) }
        == "config.json: \(expected)")
  }

  @Test(arguments: [
    ("[3, 224, 224]", "[1, 224, 224]", "'input_size' is 1×224×224"),
    ("[3, 224, 224]", "[3, 224, 225]", "'input_size' is 3×224×225"),
    ("\"center\"", "\"border\"", "'crop_mode' is 'border'"),
    ("\"bicubic\"", "\"lanczos\"", "'interpolation' is 'lanczos'"),
    (": 0.875", ": 0.001", "'crop_pct' is 0.001"),
  ])
  func listsUnsupportedSettings(part: String, replacement: String, expected: String) throws {
    let configuration = try configuration(complete.replacing(part, with: replacement))
    let message = failure { () throws(TimmConfigurationError) in
      _ = try configuration.preprocessing()
    }
    #expect(message.hasPrefix("config.json: \(expected), which is not supported; expected "))
  }

  @Test func survivesDamage() {
    let bytes = Array(complete.utf8)
    for count in bytes.indices {
      #expect(throws: TimmConfigurationError.self) {
        try TimmConfiguration(json: Array(bytes[..<count]), file: "config.json")
      }
    }
    for nesting in [
      String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
    ] {
      #expect(throws: TimmConfigurationError.self) { try self.configuration(nesting) }
      let inside = complete.replacing("\"num_features\": 1280", with: "\"other\": \(nesting)")
      #expect(throws: TimmConfigurationError.self) { try self.configuration(inside) }
    }
  }

  /// An unreadable configuration is an error. Ignoring it would choose another preprocessing.
  @Test func unreadableConfiguration() throws {
    try withTemporaryFolder { folder in
      let weights = folder + "/model.safetensors"
      #expect(try TimmConfiguration(besideWeights: weights) == nil)
      // Permissions do not stop root; a folder stops everybody.
      let file = folder + "/config.json"
      try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
      let error = #expect(throws: TimmConfigurationError.self) {
        try TimmConfiguration(besideWeights: weights)
      }
      #expect(error?.description.hasPrefix(file) == true)
      try FileManager.default.removeItem(atPath: file)
      // A configuration of another library is ignored.
      try Data(#"{"architectures": ["EfficientNetModel"]}"#.utf8).write(to: URL(filePath: file))
      #expect(try TimmConfiguration(besideWeights: weights) == nil)
    }
  }
}
