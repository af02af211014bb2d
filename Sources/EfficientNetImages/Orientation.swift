/// How a stored picture has to be turned to stand upright: the EXIF tag 0x0112.
///
/// Source: [Exif 2.32](https://www.cipa.jp/std/documents/e/DC-008-Translation-2019-E.pdf), section 4.6.4 A.
/// Cases are named by what is done to the stored picture, as in Pillow's `ImageOps.exif_transpose`.
enum Orientation: Int, CaseIterable, Sendable {
  case unchanged = 1
  case mirroredLeftRight
  case turnedHalf
  case mirroredTopBottom
  case transposed
  case turnedRight
  case transversed
  case turnedLeft

  /// Whether width and height change places.
  var swapsSides: Bool {
    switch self {
    case .unchanged, .mirroredLeftRight, .turnedHalf, .mirroredTopBottom: false
    case .transposed, .turnedRight, .transversed, .turnedLeft: true
    }
  }
}
