extension InferenceOutput {
  /// Returns the output with the greatest values of every row as text, "value:index:label", the
  /// greatest first; among equal values, the lower index comes first. NaN comes last.
  ///
  ///     ["0.951000:967:espresso", "0.024000:504:coffee mug"]
  ///
  /// - Parameters:
  ///   - count: The number of classes; more than a row has gives all of them.
  ///   - labels: The names of the classes; without names, the text ends after the index. Clients
  ///     split the text at colons, so a name loses its own.
  /// - Precondition: The values are floats and the shape is not empty.
  ///
  /// Source: [classification
  /// extension](https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_classification.md).
  package func classified(_ count: Int, labels: [String]) -> InferenceOutput {
    guard case .floats(let values) = self.values, let rows = shape.first else {
      preconditionFailure("\(name) has no floats to classify")
    }
    let classes = shape.dropFirst().reduce(1, *)
    precondition(rows * classes == values.count, "\(values.count) values, shape \(shape)")
    let count = min(count, classes)
    let texts = (0..<rows).flatMap { row in
      values[(row * classes)..<((row + 1) * classes)].ranked.prefix(count).map { index in
        let label = index < labels.count ? ":\(labels[index].filter { $0 != ":" })" : ""
        return "\(values[row * classes + index].sixDecimals):\(index)\(label)"
      }
    }
    return InferenceOutput(
      name: name, shape: [rows, count], values: .strings(texts), isBinary: isBinary)
  }
}

extension ArraySlice<Float> {
  /// The places of the elements in the slice, those of the greatest first.
  fileprivate var ranked: [Int] {
    // A sort needs an order of all elements, so NaN counts as the least.
    let keys = map { $0.isNaN ? -.infinity : $0 }
    return keys.indices.sorted { (keys[$1], $0) < (keys[$0], $1) }
  }
}

extension Float {
  /// The number as C prints it with "%f": six digits after the point, rounded to the nearest, ties
  /// to even; "nan", "inf" and "-inf".
  var sixDecimals: String {
    let sign = self.sign == .minus ? "-" : ""
    guard isFinite else { return isNaN ? "nan" : "\(sign)inf" }
    // Both parts are exact, and so is the product in doubles: 24 + 20 bits.
    var whole = UInt128(magnitude)
    var millionths = UInt32((Double(magnitude - Float(whole)) * 1e6).rounded(.toNearestOrEven))
    if millionths == 1_000_000 { (whole, millionths) = (whole + 1, 0) }
    return "\(sign)\(whole).\(String(1_000_000 + millionths).dropFirst())"
  }
}
