internal import EfficientNet
public import EfficientNetCompute

/// Data that cannot be trained with: which, what is wrong and what to do.
public enum DataError: Error, Hashable, CustomStringConvertible {
  /// The system would not open or read a file.
  case file(FileError)
  /// A path that is no folder, table or tar archive of photos, or does not say whether its photos are for training or
  /// validation. The reason continues the sentence behind the path: "is compressed; …".
  case unsupported(path: String, reason: String)
  /// A pattern such as "shards/{000..146}.tar" that cannot be followed, or labels and folders that say no classes.
  case unusable(path: String, reason: String)
  /// No photo was found.
  ///
  /// - `others`: the files that are not photos, in words.
  case noPhotos(path: String, others: String? = nil)
  /// All photos have the same class.
  case oneClass(path: String, name: String)
  /// No class of the validation photos is one of the training photos.
  case noCommonClass(path: String, validation: String, training: String)
  /// No class of the photos is one that the network knows.
  case unknownClasses(path: String, name: String, known: String)
  /// A share of validation photos that is not in 0 ..< 1.
  case share(Double)
  /// A limit too low for one photo of every class, or two where one of them is to validate.
  case limit(Int, classes: Int, needed: Int)
  /// More photos than are held.
  case tooManyPhotos(path: String, limit: Int)
  /// A table that breaks its rules.
  case table(path: String, line: Int, reason: String)
  /// A photo that two lines of a table give to two classes or two parts.
  case contradiction(path: String, photo: String, lines: [Int], values: [String])
  /// An archive that is damaged or has a form that is not read.
  case archive(path: String, offset: Int, reason: String)
  /// No photo of a whole epoch can be read.
  case allBroken(count: Int, first: String)

  /// One line, for instance "photos has one class only, 'cat': …".
  public var description: String {
    let message =
      switch self {
      case .file(let error): error.description
      case .unsupported(let path, let reason): "\(path) \(reason)"
      case .unusable(let path, let reason): "\(path): \(reason)"
      case .noPhotos(let path, let others):
        "\(path) has no photos in it; " + (others ?? Self.advice(path).photos)
      case .oneClass(let path, let name):
        "\(path) has one class only, \(quoted(name)); \(Self.advice(path).classes), at least two"
      case .noCommonClass(let path, let validation, let training):
        "\(path): no class of the validation photos, such as \(quoted(validation)), is one of the training photos, "
          + "such as \(quoted(training)); use the same names"
      case .unknownClasses(let path, let name, let known):
        "\(path): the network knows no class of these photos, such as \(quoted(name)); it knows \(quoted(known)) "
          + "and others"
      case .share(let share):
        "a share of \(share) of the photos cannot validate; choose one from 0 to less than 1, for instance 0.2"
      case .limit(let limit, let classes, let needed):
        "a limit of \(limit) photos is too low for \(classes) classes; it has to be at least \(needed)"
      case .tooManyPhotos(let path, let limit):
        "\(path) has more than \(limit) photos; train with a part of them"
      case .table(let path, let line, let reason): "\(path), line \(line): \(reason)"
      case .contradiction(let path, let photo, let lines, let values):
        "\(path), lines \(lines.map(String.init).joined(separator: " and ")): \(quoted(photo)) is given to "
          + "\(values.map(quoted).joined(separator: " and to ")); keep one of the lines"
      case .archive(let path, let offset, let reason):
        "\(path) cannot be read as a tar archive: at byte \(offset) \(reason)"
      case .allBroken(let count, let first):
        "none of \(count) photos can be read; the first: \(first)"
      }
    return message.oneLine
  }

  /// The photos and classes that are expected, by the form of the data, which its name tells.
  private static func advice(_ path: String) -> (photos: String, classes: String) {
    let name = path.lowercased()
    if name.hasSuffix(".csv") {
      return (
        "below the header there should be a line for each, with its path and its label",
        "the column 'label' should have the classes"
      )
    }
    if name.hasSuffix(".tar") {
      return (
        "they should be .jpg, .png or .webp files, with a label beside each (.cls, .txt or .json) or a folder a class",
        "the labels beside the photos, or their folders, should be the classes"
      )
    }
    return (
      "they should be .jpg, .png or .webp files, a folder a class",
      "give a folder whose subfolders are the classes"
    )
  }
}

/// What is wrong with a part of a file, for whoever knows the file's name.
struct Complaint: Error { var reason: String }

/// A name in quotation marks, on one line.
func quoted(_ name: String) -> String { WeightsError.quoted(name) }

extension Collection<String> {
  /// The first three in quotation marks, and how many more there are: "'a', 'b', 'c' and 7 more".
  var summary: String {
    let first = prefix(3).map(quoted).joined(separator: ", ")
    return (count > 3 ? "\(first) and \(count - 3) more" : first).oneLine
  }
}

extension Int {
  /// "1 photo", "2 photos".
  func counted(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(self) \(noun)s" }
}
