internal import EfficientNet
public import EfficientNetCompute

/// Errors of the photos for training or evaluation: what is wrong, where, and what to do.
public enum DataError: LibraryError {
  /// The system cannot open or read a file.
  case file(FileError)
  /// A path that is not a folder, table or tar archive of photos, or that lacks information such as
  /// training photos. The reason continues a sentence after the path: "is compressed; …".
  case unsupported(path: String, reason: String)
  /// A path with an unusable part, such as an invalid pattern or labels that name no classes.
  case unusable(path: String, reason: String)
  /// No photos were found. `others` describes the files that are not photos. Photos need labels
  /// to train or evaluate a network, but not to calibrate it.
  case noPhotos(path: String, others: String? = nil, needLabels: Bool = true)
  /// All photos have the same class.
  case oneClass(path: String, name: String)
  /// The validation photos share no class with the training photos.
  case noCommonClass(path: String, validation: String, training: String)
  /// The network knows none of the photos' classes, such as `name`; it knows `known`.
  case unknownClasses(path: String, name: String, known: [String])
  /// A validation share that is not at least 0 and below 1.
  case share(Double)
  /// A limit too low to use one photo of each class, or two if validation photos are held out.
  case limit(Int, classes: Int, needed: Int)
  /// More photos than supported.
  case tooManyPhotos(path: String, limit: Int)
  /// A table with an invalid line.
  case table(path: String, line: Int, reason: String)
  /// A photo with two different labels, or two different splits, in a table.
  case contradiction(path: String, photo: String, lines: [Int], values: [String])
  /// An archive that is damaged or in an unsupported format.
  case archive(path: String, offset: Int, reason: String)
  /// No photo of an epoch can be read.
  case allBroken(count: Int, first: String)

  /// One line, for example "photos has one class only, 'cat': …".
  public var description: String {
    let message =
      switch self {
      case .file(let error): error.description
      case .unsupported(let path, let reason): "\(path) \(reason)"
      case .unusable(let path, let reason): "\(path): \(reason)"
      case .noPhotos(let path, let others, let needLabels):
        "\(path) has no photos"
          + (needLabels ? "; \(Self.advice(path).photos)" : " (.jpg, .png or .webp files)")
          + (others.map { "; \($0)" } ?? "")
      case .oneClass(let path, let name):
        "\(path) has one class only, \(quoted(name)); \(Self.advice(path).classes), at least two"
      case .noCommonClass(let path, let validation, let training):
        "\(path): no class of the validation photos, such as \(quoted(validation)), is one of the training photos, "
          + "such as \(quoted(training)); use the same names"
      case .unknownClasses(let path, let name, let known):
        "\(path): the network knows none of these photos' classes, such as \(quoted(name))"
          + (name.suggestions(among: known).first.map { " (did you mean \(quoted($0))?)" } ?? "")
          + "; it knows "
          + (known.count > 10 ? known.summary : known.map(quoted).joined(separator: ", "))
      case .share(let share):
        "the validation share is \(share); it must be at least 0 and below 1, for example 0.2"
      case .limit(let limit, let classes, let needed):
        "the limit is \(limit.counted("photo")); it must be at least \(needed), to keep photos of "
          + "\(classes == 1 ? "the class" : "all \(classes) classes")"
      case .tooManyPhotos(let path, let limit):
        "\(path) has more than \(limit) photos; use a part of them"
      case .table(let path, let line, let reason): "\(path), line \(line): \(reason)"
      case .contradiction(let path, let photo, let lines, let values):
        "\(path), lines \(lines.map(String.init).joined(separator: " and ")): \(quoted(photo)) is both "
          + "\(values.map(quoted).joined(separator: " and ")); keep one of the lines"
      case .archive(let path, let offset, let reason):
        "\(path) cannot be read as a tar archive: at byte \(offset) \(reason)"
      case .allBroken(let count, let first):
        count == 1
          ? "the only photo cannot be read: \(first)"
          : "none of \(count) photos can be read; the first: \(first)"
      }
    return message.oneLine
  }

  /// The expected photos and classes, for the kind of data that the name of the path suggests.
  private static func advice(_ path: String) -> (photos: String, classes: String) {
    let name = path.lowercased()
    if name.hasSuffix(".csv") {
      return (
        "below the header it needs one line per photo, with its path and label",
        "the column 'label' must name the classes"
      )
    }
    if name.hasSuffix(".tar") {
      return (
        "expected .jpg, .png or .webp files, each with a .cls, .txt or .json label, or one folder per class",
        "the labels next to the photos, or their folders, must be the classes"
      )
    }
    let example = path + (path.hasSuffix("/") ? "" : "/") + "cat/1.jpg"
    return (
      "expected one folder per class with .jpg, .png or .webp files, such as \(example)",
      "the folder needs one subfolder per class"
    )
  }
}

extension DataError {
  /// The name of the case, for metrics, logs and fields of JSON.
  public var kind: String {
    switch self {
    case .file: "file"
    case .unsupported: "unsupported"
    case .unusable: "unusable"
    case .noPhotos: "noPhotos"
    case .oneClass: "oneClass"
    case .noCommonClass: "noCommonClass"
    case .unknownClasses: "unknownClasses"
    case .share: "share"
    case .limit: "limit"
    case .tooManyPhotos: "tooManyPhotos"
    case .table: "table"
    case .contradiction: "contradiction"
    case .archive: "archive"
    case .allBroken: "allBroken"
    }
  }
}

/// The reason why a part of a file is invalid; the caller adds the file's name.
struct Complaint: Error { var reason: String }

/// A name in quotation marks, on one line.
func quoted(_ name: String) -> String { WeightsError.quoted(name) }

extension Collection<String> {
  /// The first three in quotation marks, and the number of the others: "'a', 'b', 'c' and 7 more".
  var summary: String {
    let first = prefix(3).map(quoted).joined(separator: ", ")
    return (count > 3 ? "\(first) and \(count - 3) more" : first).oneLine
  }
}

extension Int {
  /// "1 photo", "2 photos".
  func counted(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(self) \(noun)s" }
}
