package import EfficientNetCompute

/// The path of a photo, or of a folder where no photos could be found.
public struct FoundPhoto: Hashable, Sendable {
  /// The path by its bytes: two photos are equal only if the bytes of their paths are.
  private let exactPath: ExactText
  /// The error of a path that is not a photo, such as a folder without photos; nil for a photo.
  public let problem: ImageError?
  /// The bytes of a photo on standard input, whose path is "-"; nil for a file.
  package let bytes: [UInt8]?

  init(path: String, problem: ImageError?, bytes: [UInt8]? = nil) {
    (exactPath, self.problem, self.bytes) = (ExactText(path), problem, bytes)
  }

  /// The path of the photo or folder.
  public var path: String { exactPath.text }

  /// The path, or "standard input".
  package var name: String { bytes == nil ? path : "standard input" }

  /// Reads and decodes the photo.
  ///
  /// - Throws: `ImageError`: ``problem`` if it is not nil, or the error of decoding.
  package func decoded(_ options: DecodingOptions) throws(ImageError) -> PixelBuffer {
    if let problem { throw problem }
    if let bytes { return try PixelBuffer(decoding: bytes, name: name, options: options) }
    return try PixelBuffer(contentsOf: path, options: options)
  }
}

/// Finds the photos in files and folders.
///
///     PhotoFinder.photos(at: ["cat.jpg", "holiday/"])  // cat.jpg, holiday/a.png, holiday/b/c.jpg
///
/// - A path of a file always counts as a photo, whatever its name is and even if it does not exist.
///   Decoding it reports the error.
/// - A folder stands for the files in it and in its subfolders whose names end in .jpg, .jpeg,
///   .jpe, .jfif, .png, .apng or .webp.
/// - Symbolic links are followed. Two links to one folder count as two folders; a link to a folder
///   above itself is ignored.
/// - Hidden files and folders (such as ".git"), `__MACOSX`, `lost+found`, `Thumbs.db` and
///   `desktop.ini` are ignored.
public enum PhotoFinder {
  /// The lower-case endings of photos: those of Pillow for JPEG, PNG and WebP.
  private static let endings = [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp"]

  /// Returns the files among `paths`, and for each folder the photos in it and in its subfolders,
  /// sorted by the bytes of their paths.
  ///
  /// Every path counts: a photo that two of them contain is listed twice. The list contains an
  /// entry with an error for a folder without photos, for a folder that cannot be read completely,
  /// and for a file name that is not UTF-8.
  ///
  /// - Parameter paths: Files and folders.
  public static func photos(at paths: [String]) -> [FoundPhoto] { survey(paths).photos }

  /// Returns the photos of ``photos(at:)``, and the other files.
  ///
  /// - Parameter standardInput: The bytes of the photo that the path "-" means; nil if "-" is an
  ///   ordinary path.
  package static func survey(
    _ paths: [String], standardInput: [UInt8]? = nil
  ) -> (photos: [FoundPhoto], others: [String]) {
    var (photos, others) = ([FoundPhoto](), [String]())
    for path in paths {
      let bytes = path == "-" ? standardInput : nil
      guard bytes == nil, Folder.exists(path) else {
        photos.append(FoundPhoto(path: path, problem: nil, bytes: bytes))
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

  package static func survey(of folder: String) -> FolderSurvey {
    var walk = FolderWalk()
    do throws(ImageError) {
      try walk.enter(folder)
    } catch {
      // The survey is incomplete, so only the error counts.
      walk.survey = FolderSurvey(
        photos: [FoundPhoto(path: folder, problem: error)], unreadable: error)
    }
    walk.survey.photos.sort { ExactText($0.path) < ExactText($1.path) }
    return walk.survey
  }

  package static func isPhotoName(_ name: String) -> Bool {
    let name = name.lowercased()
    return endings.contains { name.hasSuffix($0) }
  }

  /// Returns whether the search silently ignores a name: hidden files, and files that Windows and
  /// macOS put beside photos.
  package static func isHidden(_ name: String) -> Bool {
    name.utf8.first == UInt8(ascii: ".")
      || ["__macosx", "thumbs.db", "desktop.ini", "lost+found"].contains(name.lowercased())
  }
}
