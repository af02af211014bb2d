import EfficientNet
import EfficientNetExplanation
import EfficientNetFeatures
import EfficientNetFormats
import EfficientNetHub
import EfficientNetImages
import EfficientNetQuantization
import EfficientNetTraining
import Foundation
import Testing

@testable import EfficientNetCompute
@testable import EfficientNetSystem

@Suite("Errors of the libraries")
struct LibraryErrorTests {
  /// One error of each public type.
  private static let errors: [any Error] = {
    let file = FileError(path: "a.csv", reason: "No such file or directory")
    let errors: [(any Error)?] = [
      error { _ = try Architecture(json: "{}") }, error { _ = try Variant(named: "b99") },
      NetworkOverflow(.float32), NetworkOverflow(.float16), file, NoThreadError(),
      InstructionSetError(name: "sse9"),
      UnknownStage(name: "head", network: "b0", stages: ["stem"]), WeightsError.file(file),
      ExplanationError.noClass(index: 7, count: 3), FeaturesError.threshold(2),
      TimmConfigurationError.file(file), HubError.noPython(command: "python3"),
      ImageError.empty(name: "cat.jpg"), DataError.file(file),
      TrainingError.settings("the batch is 0"), QuantizationError.noPhotos,
      EvaluationError.notFinite(logit: "nan", className: "cat", sample: 1, precision: .float32),
    ]
    return errors.compactMap(\.self)
  }()

  private static func error(_ body: () throws -> Void) -> (any Error)? {
    do {
      try body()
      return nil
    } catch { return error }
  }

  @Test("the localized description of every error is its description")
  func localized() {
    for error in Self.errors {
      #expect(error.localizedDescription == "\(error)")
      #expect(!error.localizedDescription.isEmpty)
    }
  }

  @Test("the kinds of errors have the names of their cases")
  func kinds() {
    let file = FileError(path: "a", reason: "no")
    #expect(WeightsError.file(file).kind == .file && WeightsError.Kind.file.rawValue == "file")
    #expect(WeightsError.noClassifier(source: "a").kind == .noClassifier)
    #expect(FeaturesError.changed(path: "a").kind.rawValue == "changed")
    #expect(FeaturesError.batch(1, needed: 2, memory: 1).kind == .batch)
    #expect(ExplanationError.patches(patch: 0, stride: 0).kind.rawValue == "patches")
    #expect(NoThreadError().kind == "noThread" && HubError.token.kind == "token")
    for error in Self.errors {
      let kind = (error as? any LibraryError).map { "\($0.kind)" }
      #expect(kind?.wholeMatch(of: /[a-z][A-Za-z]+/) != nil, "\(type(of: error))")
    }
    #expect(WeightsError.Kind.allCases.count == 10)
    #expect(FeaturesError.Kind.allCases.count == 12)
    #expect(ExplanationError.Kind.allCases.count == 4)
  }

  @Test("names with control characters do not break the line")
  func controlCharacters() {
    #expect(FileError(path: "a\n\u{1B}b", reason: "no\rt").description == "a??b: no?t")
    #expect(InstructionSetError(name: "a\nb").description.hasPrefix("EFFNET_ISA is 'a?b'; "))
  }

  /// Docs/api has a line for each public type, such as "enum DataError: Error, Hashable".
  @Test("no public error is left out of the test above")
  func complete() throws {
    var listed: Set<String> = []
    for module in PublicInterfaceTests.modules {
      let file = CommandLineTool.root.appending(path: "Docs/api/\(module).txt")
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      for line in lines {
        guard
          let match = line.firstMatch(of: /^ +(?:struct|enum|final class|class|actor) (\w+): (.*)/)
        else { continue }
        if match.output.2.split(separator: ", ").contains("Error") {
          listed.insert(String(match.output.1))
        }
      }
    }
    #expect(listed == Set(Self.errors.map { "\(type(of: $0))" }))
  }
}
