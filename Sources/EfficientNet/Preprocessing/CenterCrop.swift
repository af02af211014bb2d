/// The position of a centered square in a picture, along one axis.
///
/// Equal to torchvision's `center_crop`, which pads a picture that is smaller than the square with
/// zeros.
struct CenterCrop {
  /// The pixels of the picture inside the square.
  let visible: Range<Int>
  /// The number of zeros before these pixels.
  let padding: Int
  /// The first pixel of the square; negative if the square begins before the picture.
  var first: Int { visible.lowerBound - padding }

  /// Creates a crop of `side` pixels from the middle of `length` pixels.
  ///
  /// An odd remainder is halved as in Python's `round`: 0.5 → 0, 1.5 → 2, 2.5 → 2, …
  init(side: Int, of length: Int) {
    let remainder = length - side
    if remainder >= 0 {
      let down = remainder / 2
      let offset = remainder.isMultiple(of: 2) ? down : down + down % 2
      visible = offset..<(offset + side)
      padding = 0
    } else {
      visible = 0..<length
      padding = -remainder / 2
    }
  }
}
