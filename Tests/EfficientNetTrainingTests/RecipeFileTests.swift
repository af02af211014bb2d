import EfficientNet
import EfficientNetSystem
import Foundation
import Testing

@testable import EfficientNetTraining

/// Recipes as JSON: missing fields, null fields and misspelt fields.
@Suite("Recipe files")
struct RecipeFileTests {
  private let folder: TestFolder
  init() throws { folder = try TestFolder() }

  private func read(_ json: String, standard: Recipe = .finetune) throws -> Recipe {
    try folder.write("recipe.json", json)
    return try Recipe(json: "\(folder.path)/recipe.json", standard: standard)
  }

  @Test("a recipe is written with all fields and read back", arguments: Recipe.all)
  func roundTrip(recipe: Recipe) throws {
    #expect(try read(recipe.json) == recipe)
    var mine = recipe
    (mine.name, mine.average, mine.patience, mine.clip) = ("mine", nil, 3, nil)
    mine.decay = .exponential(factor: 0.5, epochs: 2)
    mine.augmentation = Augmentation(
      flip: 0, policy: .randAugment(operations: 2, magnitude: 9), erasing: RandomErasing(),
      mixing: Mixing(cutmix: 1))
    #expect(try read(mine.json, standard: .efficientnet) == mine)
  }

  @Test("fields without a value are null")
  func nulls() throws {
    let text = try Recipe.finetune.json
    for field in ["average", "dropout", "patience", "policy", "erasing", "mixing", "interpolation"]
    {
      #expect(text.contains("\"\(field)\" : null"), "\(field)")
    }
    #expect(try read("{\"clip\": null}").clip == nil)
    #expect(try read("{\"augmentation\": {\"crop\": null}}").augmentation.crop == nil)
  }

  @Test("missing fields come from another recipe")
  func base() throws {
    var expected = Recipe.finetune
    expected.epochs = 5
    #expect(try read("{\"epochs\": 5}") == expected)
    expected = .short
    expected.epochs = 5
    #expect(try read("{\"epochs\": 5}", standard: .short) == expected)
    #expect(try read("{\"epochs\": 5, \"base\": \"short\"}") == expected)
    #expect(try read("{\"epochs\": 5, \"name\": \"short\"}") == expected)
    expected.name = "mine"
    #expect(try read("{\"epochs\": 5, \"name\": \"mine\", \"base\": \"short\"}") == expected)
    expected = .finetune
    expected.augmentation.mixing = Mixing(mixup: 0.2)
    expected.augmentation.jitter = nil
    #expect(
      try read("{\"augmentation\": {\"mixing\": {\"mixup\": 0.2}, \"jitter\": null}}") == expected)
  }

  @Test("the config.json of a run gives its recipe")
  func ofRun() throws {
    try ColoredPhotos.with { photos, _ in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      let configuration = ColoredPhotos.configuration(photos, data)
      #expect(
        try read(encodedJSON(configuration), standard: .efficientnet) == configuration.recipe)
      let error = #expect(throws: FileError.self) {
        try read("{\"dataFingerprint\": 1, \"recipe\": {\"epochs\": 0}}")
      }
      #expect(error.map { "\($0)".contains("epochs is 0") } == true)
    }
  }

  @Test("another optimizer brings its default rate and weight decay")
  func optimizer() throws {
    let adamW = try read("{\"optimizer\": {\"adamw\": {}}}")
    #expect(try adamW.json.contains("\"adamw\""))
    // The name in files of early versions.
    #expect(try read("{\"optimizer\": {\"adamW\": {}}}") == adamW)
    #expect(adamW.optimizer == .adamW() && adamW.rate == 3e-4 && adamW.weightDecay == 0.02)
    let own = try read("{\"optimizer\": {\"adamw\": {\"beta1\": 0.8}}, \"rate\": 0.001}")
    #expect(own.optimizer == .adamW(beta1: 0.8) && own.rate == 0.001 && own.rateBatch == 32)
    #expect(try read("{\"optimizer\": {\"sgd\": {\"momentum\": 0.8}}}").rate == 0.02)
  }

  @Test(
    "the error for a wrong recipe names the field",
    arguments: [
      ("{\"epochs\": 3, \"epochs\": 4}", "the field 'epochs' is given twice"),
      ("{\"patiance\": 3}", "unknown field 'patiance'; did you mean 'patience'?"),
      ("{\"ema\": 0.99}", "unknown field 'ema'; the known fields are base, name, epochs"),
      ("{\"decaysAll\": true}", "unknown field 'decaysAll'"),
      (
        "{\"optimizer\": {\"adam\": {}}}",
        "'optimizer': unknown field 'adam'; did you mean 'adamw'?"
      ),
      (
        "{\"optimizer\": {\"sgd\": {\"momentm\": 0.8}}}",
        "'optimizer.sgd': unknown field 'momentm'"
      ),
      (
        "{\"optimizer\": {\"sgd\": {}, \"adamw\": {}}}",
        "'optimizer': it has 2 fields; it must have exactly one of sgd"
      ),
      ("{\"optimizer\": {}}", "'optimizer': it has 0 fields; it must have exactly one of sgd"),
      ("{\"decay\": {\"cosine\": {\"steps\": 3}}}", "'decay.cosine': unknown field 'steps'"),
      (
        "{\"decay\": {\"exponential\": {\"factor\": 0.9}}}",
        "'epochs' is missing in 'decay.exponential'"
      ),
      ("{\"augmentation\": {\"mixup\": 0.2}}", "'augmentation': unknown field 'mixup'"),
      ("{\"augmentation\": {\"flip\": 2}}", "'augmentation': the probability of a flip is 2.0"),
      ("{\"decayed\": \"none\"}", "'decayed': 'none' is unknown; use "),
      (
        "{\"augmentation\": {\"crop\": {\"interpolation\": \"cubic\"}}}",
        "'augmentation.crop.interpolation': 'cubic' is unknown; use bicubic or bilinear"
      ),
      ("{\"augmentation\": null}", "'augmentation'"), ("{\"epochs\": null}", "'epochs'"),
      ("{\"base\": \"finetun\"}", "'base': there is no recipe 'finetun'; choose one of finetune, "),
      ("{\"headEpochs\": 10}", "head epochs are 10 of 10; they must be fewer"),
      ("{\"smoothing\": 7}", "label smoothing is 7.0"), ("[]", "it is not a JSON object"),
    ])
  func refused(json: String, words: String) throws {
    let error = #expect(throws: FileError.self) { try read(json) }
    #expect(error.map { "\($0)".contains(words) } == true, "\(String(describing: error))")
  }

  @Test("a recipe in config.json must be complete")
  func whole() throws {
    let text = try Recipe.finetune.json
    for field in ["epochs", "optimizer", "augmentation"] {
      let less = text.replacing("\"\(field)\"", with: "\"\(field)s\"")
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(Recipe.self, from: Data(less.utf8))
      }
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Recipe.self, from: Data("{\"epochs\": 5}".utf8))
    }
  }
}
