package import EfficientNetCompute

/// A photo's path, or a folder in whose place no photos could be found.
public struct FoundPhoto: Hashable, Sendable {
  /// Two photos are equal if their paths have the same bytes.
  private let exactPath: ExactText
  /// Why there is no photo, for a folder.
  public let problem: ImageError?

  init(path: String, problem: ImageError?) {
    (exactPath, self.problem) = (ExactText(path), problem)
  }

  /// The path of the photo, or of the folder.
  public var path: String { exactPath.text }

  /// Reads and decodes the photo.
  ///
  /// - Throws: `ImageError`: ``problem`` if there is one.
  package func decoded(_ options: DecodingOptions) throws(ImageError) -> PixelBuffer {
    if let problem { throw problem }
    return try PixelBuffer(contentsOf: path, options: options)
  }
}

/// Finds the photos that a command's arguments mean.
///
///     PhotoFinder.photos(at: ["cat.jpg", "holiday/"])  // cat.jpg, holiday/a.png, holiday/b/c.jpg
///
/// A file that is named is a photo, whatever it is called, and even if it does not exist: decoding it says what is
/// wrong. In a folder and below it, photos are the files that end like JPEG, PNG or WebP files. Links are followed, and two links
/// to one folder are two folders; only a link to a folder above itself leads nowhere. Hidden files and folders (".git"),
/// `__MACOSX`, `lost+found`, `Thumbs.db` and `desktop.ini` are neither photos nor counted as files that are left out.
public enum PhotoFinder {
  /// The endings, in lower case, by which a file inside a folder counts as a photo: those of Pillow for JPEG, PNG and
  /// WebP.
  private static let endings = [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp"]

  /// The files among `paths` as they are, and in place of each folder the photos in it and below it, sorted by the bytes
  /// of their paths.
  ///
  /// Every argument counts: a photo that two of them mean is in the list twice. A folder without photos, or that cannot
  /// be read completely, and a name that is not UTF-8 are in the list with their problem.
  public static func photos(at paths: [String]) -> [FoundPhoto] { survey(paths).photos }

  /// The photos as ``photos(at:)`` finds them, and the files that are left out.
  package static func survey(_ paths: [String]) -> (photos: [FoundPhoto], others: [String]) {
    var (photos, others) = ([FoundPhoto](), [String]())
    for path in paths {
      guard Folder.exists(path) else {
        photos.append(FoundPhoto(path: path, problem: nil))
        continue
      }
      let survey = survey(of: path)
      photos +=
        survey.photos.isEmpty
        ? [FoundPhoto(path: path, problem: .noPictures(folder: path))] : survey.photos
      others += survey.others
    }
    return (photos, others)
  }

  /// Everything in a folder and below it.
  package static func survey(of folder: String) -> FolderSurvey {
    var walk = FolderWalk()
    do throws(ImageError) {
      try walk.enter(folder)
    } catch {
      // What was found is not all.
      walk.survey = FolderSurvey(
        photos: [FoundPhoto(path: folder, problem: error)], unreadable: error)
    }
    walk.survey.photos.sort { ExactText($0.path) < ExactText($1.path) }
    return walk.survey
  }

  /// Whether a file inside a folder is a photo, going by its name.
  package static func isPhotoName(_ name: String) -> Bool {
    let name = name.lowercased()
    return endings.contains { name.hasSuffix($0) }
  }

  /// Whether something in a folder is passed over without a word: what is hidden, and what Windows and macOS put beside
  /// photos.
  package static func isHidden(_ name: String) -> Bool {
    name.utf8.first == UInt8(ascii: ".")
      || ["__macosx", "thumbs.db", "desktop.ini", "lost+found"].contains(name.lowercased())
  }
}
