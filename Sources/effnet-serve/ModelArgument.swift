import ArgumentParser
import EfficientNet
import EfficientNetHub
import EfficientNetServing
import EfficientNetSystem

/// A value of --model: a name and the place of its weights.
struct ModelArgument: Sendable {
  let name: String
  /// The weight file or the folder of a run; nil for downloaded weights of this name.
  let path: String?

  /// - Parameter text: NAME=PATH; the name of downloaded weights; or a path, whose last part without
  ///   an ending becomes the name.
  init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 {
      (name, path) = (String(parts[0]), String(parts[1]))
    } else if PretrainedModel(named: text) != nil {
      (name, path) = (text, nil)
    } else {
      let last = text.withoutSlashes.split(separator: "/").last ?? ""
      let ending = ".safetensors"
      name = String(last.hasSuffix(ending) ? last.dropLast(ending.count) : last)
      path = text
    }
    guard !name.isEmpty, !name.contains("/"), path?.isEmpty != true else {
      throw ValidationError("--model '\(text)' must be NAME, NAME=PATH or PATH")
    }
  }

  /// Returns the weight file of a folder: the only one in it, or the best of a run.
  ///
  /// - Throws: `FileError` if there is none, or several.
  static func weights(in folder: String) throws -> String {
    let files = try Folder.files(matching: "\(folder.withoutSlashes)/*.safetensors")
    if files.count == 1 { return files[0] }
    let best = "\(folder.withoutSlashes)/best.safetensors"
    guard files.contains(best) else {
      throw FileError(
        path: folder, reason: "it has \(files.count) files *.safetensors; it must have one")
    }
    return best
  }

  init(name: String, path: String) { (self.name, self.path) = (name, path) }

  /// Reads the model from its file, as it is when this is called.
  var load: ModelRepository.Loader {
    { [self] in
      if let path { return try Model(contentsOf: path) }
      let cache = try ModelCache.standard
      guard cache.contains(name) else {
        throw FileError(
          path: cache.path(of: name), reason: "no weights there; download them: effnet pull \(name)"
        )
      }
      return try Model(contentsOf: cache.path(of: name))
    }
  }
}
