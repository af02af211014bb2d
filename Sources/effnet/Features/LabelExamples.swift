import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

/// The examples of `effnet label` with their features. A picture counts once in each of its classes,
/// however many copies of it there are.
struct LabelExamples {
  let features: LabelledFeatures
  /// The path of each row of features.
  let paths: [String]
  /// The class of each row of features, of copies in several classes that of the first. The features
  /// are bit-identical for copies of a photo.
  let labels: [[Float]: Int]
  /// The number of photos that are left out, as copies of an example of the same class.
  let copies: Int
  /// Whether an example could not be read.
  let hasFailed: Bool

  /// Computes the features of the examples, and reports unreadable photos and copies.
  ///
  /// - Parameter source: The argument of --examples.
  init(
    _ photos: Dataset, from source: String, _ network: PhotoFeatures, decoding: DecodingOptions,
    isQuiet: Bool
  ) throws {
    let samples = photos.samples
    let names = photos.classes.map { $0.wnid ?? $0.name }
    let progress = ProgressLine("photos", isQuiet: isQuiet)
    var (rows, classes, paths) = ([[Float]](), [Int](), [String]())
    // The first example of each class with these features.
    var known: [[Float]: [(label: Int, path: String)]] = [:]
    var (copies, failures) = (0, 0)
    var contradictions: [(String, String)] = []
    try network.forEach(
      count: samples.count, decoded: { try samples[$0].photo.decoded(options: decoding) }
    ) { index, result in
      try progress.check(
        result.naming(photo: samples[index].photo.path, network: network.extractor.source))
      progress.update(index + 1, of: samples.count)
      guard let row = try? result.get() else {
        failures += 1
        return
      }
      let (label, path) = (samples[index].label, samples[index].photo.path)
      let earlier = known[row, default: []]
      if earlier.contains(where: { $0.label == label }) {
        copies += 1
        return
      }
      if let first = earlier.first { contradictions.append((first.path, path)) }
      known[row] = earlier + [(label, path)]
      rows.append(row)
      classes.append(label)
      paths.append(path)
    }
    features = try LabelledFeatures(classes: names, rows: rows, labels: classes)
    labels = known.compactMapValues(\.first?.label)
    (self.paths, self.copies, hasFailed) = (paths, copies, failures > 0)
    StandardError.note(
      [Self.note(copies: copies, in: source), Self.note(contradictions)].compactMap(\.self))
  }

  private static func note(copies: Int, in source: String) -> String? {
    guard copies > 0 else { return nil }
    let photos = copies.counted("example", "examples")
    let others = copies == 1 ? "as a copy of another" : "as copies of others"
    // 'effnet duplicates' reads no CSV files or archives.
    let finder =
      Folder.exists(source)
      ? "; to list them: " + shellLine(["effnet", "duplicates", source]) : ""
    return "\(photos) left out, \(others)\(finder)"
  }

  private static func note(_ pairs: [(String, String)]) -> String? {
    guard let (first, second) = pairs.first else { return nil }
    let photos =
      pairs.count == 1
      ? "an example is the same picture as one"
      : "\(pairs.count.grouped) examples are the same pictures as examples"
    return "\(photos) of another class, such as \(first) and \(second); photos that are copies of "
      + "them get the class of the first; remove the wrong ones"
  }

  /// Returns the note that the run of the network used examples, so that results on them are too
  /// good; nil if it did not.
  static func note(onUse use: (training: Int, validation: Int), of count: Int) -> String? {
    sentence(onUse: use, "of the \(count.grouped) example photos").map {
      "\($0), so the accuracy and the percentages are too good; use other examples or another "
        + "network"
    }
  }
}

/// Returns how many photos trained the network of a run, and how many others chose its best epoch.
func counts(of uses: [RunFolder.Use?]) -> (training: Int, validation: Int) {
  (uses.count { $0 == .training }, uses.count { $0 == .validation })
}

/// Returns for instance "16 of the 20 photos trained this network and 4 chose its best epoch"; nil
/// if the run of the network used none of the photos.
///
/// - Parameters:
///   - all: The end of the number, such as "of the 20 photos".
///   - network: The network.
func sentence(
  onUse use: (training: Int, validation: Int), _ all: String, network: String = "this network"
) -> String? {
  let (training, validation) = use
  guard training + validation > 0 else { return nil }
  let trained = training > 0 ? "\(training.grouped) \(all) trained \(network)" : nil
  let chose =
    validation > 0
    ? "\(validation.grouped) \(training > 0 ? "" : "\(all) ")chose its best epoch" : nil
  return [trained, chose].compactMap(\.self).joined(separator: " and ")
}
