import EfficientNet
import EfficientNetExplanation
import EfficientNetFeatures
import EfficientNetFormats
import EfficientNetHub
import EfficientNetTraining
import Foundation
import Testing

@Suite("Errors of the libraries")
struct LibraryErrorTests {
  @Test("the localized description of every error is its description")
  func localized() {
    func architecture() -> (any Error)? {
      do {
        _ = try Architecture(json: "{}")
        return nil
      } catch { return error }
    }
    let file = FileError(path: "a.csv", reason: "No such file or directory")
    let errors: [(any Error)?] = [
      architecture(), NetworkOverflow(), file,
      UnknownStage(name: "head", network: "b0", stages: ["stem"]), WeightsError.file(file),
      ExplanationError.noClass(index: 7, count: 3), FeaturesError.threshold(2),
      TimmConfigurationError.file(file), HubError.noPython(command: "python3"),
      DataError.file(file), TrainingError.settings("the batch is 0"),
      EvaluationError.notFinite(logit: "nan", className: "cat", sample: 1),
    ]
    for error in errors {
      #expect(error?.localizedDescription == error.map { "\($0)" })
      #expect(error?.localizedDescription.isEmpty == false)
    }
  }
}
