import ArgumentParser
import EfficientNet
import EfficientNetHub
import EfficientNetSystem

extension ModelSource {
  /// The word that names the folder of a run with --model. Names of networks come before paths.
  static func word(ofRun folder: String) -> String {
    (try? PublishedNetwork(named: folder)) == nil ? folder : "./\(folder)"
  }

  /// The kind of network that a word on the command line names.
  enum Kind {
    /// The JSON file of a network.
    case file
    case published(PublishedNetwork)
    case snapshot(HubSnapshot)

    /// Finds the network that a word names; nil for a weight file or the folder of a run. Names come
    /// before paths: "./b0" is a path. "B0" is a path if there is one, and otherwise the network b0.
    ///
    /// - Throws: `ValidationError` if there is no such network.
    init?(of word: String) throws {
      if word.hasSuffix(".json") {
        self = .file
      } else if let snapshot = Self.snapshot(named: word) {
        self = .snapshot(snapshot)
      } else if let network = try? PublishedNetwork(named: word) {
        self = .published(network)
      } else if FileStatus(word) != nil || Self.isWeightFileName(word) {
        return nil
      } else {
        do { self = .published(try PublishedNetwork(ignoringCaseOf: word)) } catch {
          throw ValidationError(Self.problem(with: word, error))
        }
      }
    }

    var published: PublishedNetwork? {
      if case .published(let network) = self { network } else { nil }
    }

    /// The downloaded repository of this name; nil if it is not downloaded.
    static func snapshot(named word: String) -> HubSnapshot? {
      guard let repository = try? HubRepository(word) else { return nil }
      return (try? ModelCache.standard)?.snapshot(of: repository)
    }

    /// Whether a path ends as weight files do, so that the error of a missing one names the file.
    private static func isWeightFileName(_ path: String) -> Bool {
      let endings = [
        ".safetensors", ".pth", ".pt", ".bin", ".tar", ".ckpt", ".h5", ".keras", ".npz", ".onnx",
      ]
      return endings.contains(where: path.lowercased().hasSuffix)
    }

    private static func problem(with word: String, _ error: UnknownNetworkError) -> String {
      if let run = SimilarPath.run(named: word) {
        return "there is no file or folder \(word); did you mean '\(run)'?"
      }
      // The names of timm's repositories on Hugging Face are the network's name and a tag.
      let framework = word.split(separator: "/").first ?? ""
      let isFramework = PublishedNetwork.all.contains { $0.name.hasPrefix("\(framework)/") }
      if (try? HubRepository(word)) != nil, !isFramework || word.contains(".") {
        return "there is no file \(word), and the repository of that name is not downloaded; "
          + "run 'effnet pull \(word)'"
      }
      return word.contains("/") && !isFramework
        ? "there is no file or folder \(word)\(SimilarPath.advice(forMissing: word))"
        : "\(error), and there is no file of this name; 'effnet models --all' lists all names"
    }
  }
}
