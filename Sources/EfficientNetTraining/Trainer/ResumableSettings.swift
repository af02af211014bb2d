internal import EfficientNetCompute

/// The settings of work on photos that can be resumed: a run's or an experiment's.
public protocol ResumableSettings: Codable, Sendable {
  /// The name of their file in the folder of the work.
  static var fileName: String { get }
  /// What the work is called: "run".
  static var noun: String { get }
  /// What another process does in the folder, in messages: "is training".
  static var activity: String { get }

  /// The photos: a folder, a table or archives, as the command line names them.
  var data: String { get set }
  /// The folder that ``data`` is below if it is relative: the working directory when the work began.
  var workingFolder: String { get set }
  /// Share of the photos that is validated on, where the data does not say which.
  var validationShare: Double { get }
  /// The most photos; nil for all.
  var limit: Int? { get }
  /// What the choice of the photos is drawn from.
  var seed: UInt64 { get }
  /// What the photos and their labels come to: work goes on with the same ones only.
  var dataFingerprint: UInt64 { get }
  /// What is wrong with the settings, and what they may be; nil if nothing.
  var complaint: String? { get }
}

extension ResumableSettings {
  /// The photos are somewhere else now.
  public mutating func moveData(to path: String) {
    (data, workingFolder) = (path, Folder.current)
  }

  /// The photos of the work, which have to be what they were.
  ///
  /// - Parameter validationLimit: The most photos to validate with, every class in proportion; nil for all.
  /// - Throws: ``DataError``; ``FileError`` if photos were moved, added, removed or have other labels.
  public func photos(validationLimit: Int? = nil) throws -> DataSplit {
    let path = data.hasPrefix("/") ? data : workingFolder + "/" + data
    let split: DataSplit
    do {
      split = try DataSplit(
        path: path, validation: validationShare, seed: seed, limit: limit,
        validationLimit: validationLimit)
    } catch DataError.file(let error) {
      throw FileError(
        path: error.path,
        reason: "\(error.reason); the \(Self.noun) began with photos there: if they were moved, "
          + "name their new place")
    }
    guard split.fingerprint == dataFingerprint else {
      throw FileError(
        path: path,
        reason:
          "its photos are not those that the \(Self.noun) began with; begin a new \(Self.noun)"
      )
    }
    return split
  }

  /// What is wrong with the options of a command that resumes the work; nil if nothing.
  ///
  /// - Parameters:
  ///   - options: Those that are given, such as "--epochs".
  ///   - changeable: Those that may change what the settings say, beside the ones that all work has.
  package static func complaint(resumingWith options: [String], changeable: [String]) -> String? {
    let allowed =
      ["--resume", "--broken", "--threads", "--cache", "--cache-limit", "--json", "--quiet"]
      + changeable
    return options.first { !allowed.contains($0) }.map {
      "\(one) with --resume has its own settings; leave out \($0), or begin a new \(noun)"
    }
  }

  /// "a run", "an experiment".
  static var one: String { ("aeiou".contains(noun.prefix(1)) ? "an " : "a ") + noun }
}
