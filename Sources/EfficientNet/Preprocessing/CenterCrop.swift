/// Where a square in the middle of a picture lies, along one axis.
///
/// Equal to torchvision's `center_crop`, which pads a picture that is smaller than the square with zeros.
struct CenterCrop {
  /// The pixels of the picture that the square shows.
  let visible: Range<Int>
  /// Zeros before them.
  let padding: Int
  /// Where the square begins, before the picture where it is padded.
  var first: Int { visible.lowerBound - padding }

  /// A crop of `side` pixels from the middle of `length`.
  ///
  /// An odd remainder is halved as Python's `round` does it: 0.5 → 0, 1.5 → 2, 2.5 → 2, …
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
