/// Returns the largest difference between two lists, relative to the largest magnitude in the
/// second.
///
/// Infinite if the lengths differ or if a value is not a number.
package func relativeError(_ values: [Float], _ expected: [Float]) -> Float {
  guard values.count == expected.count else { return .infinity }
  var largest: Float = 0
  var difference: Float = 0
  for (value, expected) in zip(values, expected) {
    guard value.isFinite, expected.isFinite else { return .infinity }
    largest = max(largest, abs(expected))
    difference = max(difference, abs(value - expected))
  }
  return largest == 0 ? difference : difference / largest
}
