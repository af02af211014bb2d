/// Picture formats that are not supported, with the programs that convert them to JPEG. Errors of
/// the library do not name these programs; the command does.
package enum ForeignFormat: String, CaseIterable {
  case heic = "HEIC"
  case avif = "AVIF"
  case bmp = "BMP"
  case gif = "GIF"
  case tiff = "TIFF"

  /// The program with its package, as in "convert it with heif-convert (package libheif-examples)".
  /// The packages are Debian's.
  package var converter: String {
    switch self {
    case .heic: "heif-convert (package libheif-examples)"
    case .avif: "avifdec (package libavif-bin)"
    case .bmp, .gif, .tiff: "convert (package imagemagick)"
    }
  }

  /// Where to find the commands that convert folders of such pictures.
  package static let conversionAdvice =
    "'effnet classify --help' has the commands that convert pictures"

  /// The lower-case endings of file names.
  private var endings: [String] {
    switch self {
    case .heic: [".heic", ".heif", ".hif"]
    case .avif: [".avif"]
    case .bmp: [".bmp"]
    case .gif: [".gif"]
    case .tiff: [".tif", ".tiff"]
    }
  }

  /// The format of files with a lower-case ending, or nil.
  init?(ending: String) {
    guard let format = Self.allCases.first(where: { $0.endings.contains(ending) }) else {
      return nil
    }
    self = format
  }

  /// The format whose signature `bytes` start with, or nil.
  ///
  /// Source: the brands of [HEIF](https://github.com/strukturag/libheif/wiki/Brands) files and of
  /// [AVIF](https://aomediacodec.github.io/av1-avif/) files.
  package init?(signatureOf bytes: Span<UInt8>) {
    func matches(_ text: String, at offset: Int = 0) -> Bool {
      bytes.matches(Array(text.utf8), at: offset)
    }
    if matches("ftyp", at: 4) {
      let brands = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1"]
      if brands.contains(where: { matches($0, at: 8) }) {
        self = .heic
      } else if matches("avif", at: 8) || matches("avis", at: 8) {
        self = .avif
      } else {
        return nil
      }
    } else if matches("GIF87a") || matches("GIF89a") {
      self = .gif
    } else if matches("II*\0") || matches("MM\0*") {
      self = .tiff
    } else if matches("BM"), matches("\0\0\0\0", at: 6) {
      self = .bmp
    } else {
      return nil
    }
  }
}
