import EfficientNetFeatures
import EfficientNetReports

extension Double {
  /// Returns for instance "91.3 %" for 0.913 and one decimal.
  func percent(digits: Int) -> String { "\((100 * self).formatted(digits: digits)) %" }
}

extension PhotoTotals {
  /// For instance "500 photos in 4.1 s, 122 a second; a photo takes 9.1 ms in the network, 4.9 ms
  /// to read and prepare". Unreadable photos do not count for the speed.
  var summary: String {
    let read = photos - failures + overflows
    if read == 0 {
      return photos == 1
        ? "the only photo could not be read" : "none of \(photos) photos could be read"
    }
    func milliseconds(_ duration: Duration) -> String {
      (duration / .milliseconds(1) / Double(read)).formatted(digits: 1)
    }
    let seconds = wall / .seconds(1)
    let rate = Double(read) / max(seconds, 1e-9)
    let failed = photosWithoutResult(unread: failures - overflows, overflows: overflows)
    return "\(photos) photos in \(seconds.formatted(digits: 1)) s"
      + (failed.map { " (\($0)), " } ?? ", ")
      + "\(rate.formatted(digits: rate < 10 ? 1 : 0)) a second; "
      + "a photo takes \(milliseconds(network)) ms in the network, "
      + "\(milliseconds(preparation)) ms to read and prepare"
  }
}

/// Returns how many photos have no result and why, such as "1 could not be read"; nil for none.
///
/// - Parameter overflows: The number of photos for which the network's outputs are not finite.
func photosWithoutResult(unread: Int, overflows: Int) -> String? {
  let parts = [
    unread > 0 ? "\(unread.grouped) could not be read" : nil,
    overflows > 0 ? "\(overflows.grouped) without finite outputs" : nil,
  ].compactMap(\.self)
  return parts.isEmpty ? nil : parts.joined(separator: ", ")
}
