internal import EfficientNetCompute

/// The settings of resumable work on photos: a run or an experiment.
public protocol ResumableSettings: Codable, Sendable {
  /// The name of the settings' file in the work's folder.
  static var fileName: String { get }
  /// The noun for the work in messages: "run".
  static var noun: String { get }
  /// The activity of another process in the folder, in messages: "is training".
  static var activity: String { get }

  /// The photos: a folder, a table, an archive or a pattern.
  var data: String { get set }
  /// The folder that a relative ``data`` starts from: the working directory when the work began.
  var workingFolder: String { get set }
  /// The share of each class that is held out if the data has no validation split.
  var validationShare: Double { get }
  /// The most photos; nil for all.
  var limit: Int? { get }
  /// The most training photos, besides all validation photos; nil for all.
  var trainingLimit: Int? { get }
  /// The seed of the choice of photos.
  var seed: UInt64 { get }
  /// The fingerprint of the photos and their labels; resuming requires the same one.
  var dataFingerprint: UInt64 { get }
  /// The first invalid setting as a message; nil if all are valid.
  var complaint: String? { get }
}

extension ResumableSettings {
  /// Nil: all training photos.
  public var trainingLimit: Int? { nil }

  /// Sets the new path of photos that were moved.
  public mutating func moveData(to path: String) {
    (data, workingFolder) = (path, Folder.current)
  }

  /// The absolute path of the photos.
  package var dataPath: String { Folder.isAbsolute(data) ? data : "\(workingFolder)/\(data)" }

  /// The path of the photos for a command in the current folder: ``data`` if it means the same
  /// photos here; nil if not.
  package var dataFromHere: String? {
    Folder.isAbsolute(data) || workingFolder == Folder.current ? data : nil
  }

  /// Finds the photos of the work and checks that they have not changed.
  ///
  /// - Parameter validationLimit: The most photos to validate on, every class in proportion; nil
  ///   for all.
  /// - Throws: ``DataError``; `FileError` if photos were moved, added, removed or relabelled.
  public func photos(validationLimit: Int? = nil) throws -> DataSplit {
    // A relative path is shorter in messages.
    let path = dataFromHere ?? dataPath
    do {
      let listing = try PhotoListing(contentsOf: path)
      var failure: DataError?
      // Work of early versions, which separated copies, keeps its parts.
      for separatesCopies in [false, true] {
        do throws(DataError) {
          let split = try DataSplit(
            listing, share: validationShare, seed: seed, limit: limit,
            trainingLimit: trainingLimit, validationLimit: validationLimit,
            separatesCopies: separatesCopies)
          if split.fingerprint == dataFingerprint { return split }
        } catch {
          failure = failure ?? error
        }
      }
      if let failure { throw failure }
    } catch DataError.file(let error) {
      throw FileError(
        path: error.path,
        reason: "\(error.reason); the photos of the \(Self.noun) were there; if they moved, "
          + "name their new path")
    }
    throw FileError(
      path: path,
      reason: "photos were added, removed or relabelled since the \(Self.noun) began; "
        + "restore them, or start a new \(Self.noun)")
  }

  /// The complaint about the options of a command that resumes the work; nil if all are allowed.
  ///
  /// - Parameters:
  ///   - options: The given options, such as "--epochs".
  ///   - changeable: The options that may change this kind of work; others may change every kind.
  package static func complaint(resumingWith options: [String], changeable: [String]) -> String? {
    let allowed =
      ["--resume", "--broken", "--threads", "--cache", "--cache-limit", "--json", "--quiet"]
      + changeable
    return options.first { !allowed.contains($0) }.map {
      "a resumed \(noun) keeps its settings; leave out \($0), or start a new \(noun)"
    }
  }

  /// "a run", "an experiment".
  static var one: String { ("aeiou".contains(noun.prefix(1)) ? "an " : "a ") + noun }
}
