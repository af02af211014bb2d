public import ArgumentParser
import EfficientNet
public import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports
import EfficientNetTraining

struct LabelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label",
    abstract: "Label photos from a few examples of each class.",
    discussion: """
      Computes the features of the examples and fits a classifier to them: the nearest class \
      mean or logistic regression. No network is trained. First prints the accuracy on left-out \
      examples: leave-one-out, or ten-fold for logistic regression on more than 200 examples. \
      The only example of a class cannot be left out.

      The examples are what 'effnet train' takes: a folder with a subfolder for each class, a \
      CSV file or tar archives. Examples for validation or tests are left out.

      A photo that is an example, or a copy of one, keeps the class of the example: its line ends \
      in "(example)" instead of a percentage.

      The percentage compares the classes with each other: 90 % means that the best class is far \
      more likely than the others, not that the photo shows it. A photo of none of the classes \
      can have 90 %, too. A photo that is less similar to its nearest example than 95 % of the \
      examples are to theirs is marked "(unlike the examples)"; with --threshold, it goes into \
      the folder unsure. The mark misses many photos of other things, and about one in twenty \
      photos of your classes has it. Compare percentages of one classifier only.

      --sort-into FOLDER copies each photo to FOLDER/CLASS/NAME, or links or moves it, as in \
      'effnet classify'. Examples among the photos are left out then. After Ctrl-C, the finished \
      rows of --csv are in FILE.partial, or in FILE.partial-2 if that exists, and sorted photos \
      stay sorted.

      With --json, the first line describes the examples; then comes one line for each photo: \
      path, label, whether it is an example, probabilities and whether it is unlike the examples \
      if not and, with --sort-into, destination; or path, error and its kind.

      Without --model, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet label --examples examples/ --photos holiday/
        effnet label --examples examples/ --photos holiday/ --csv labels.csv
        effnet label --examples examples/ --photos holiday/ --sort-into sorted/
        effnet label --examples examples/ --classifier logistic
      """)

  @Option(
    help: "Labelled photos: a folder with a subfolder for each class, a CSV file or tar archives.",
    value: "photos")
  var examples: String
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      """
      Photos and folders to label, or '-' for standard input; without them, only the accuracy is \
      printed.
      """, valueName: "path"))
  var photos: [String] = []
  @Option(
    help: "Classifier: centroid (the nearest class mean) or logistic (logistic regression).")
  var classifier = FewShotClassifier.Method.centroid
  @Option(
    help: """
      Also write a CSV file, and replace an existing one: path, label, probability, error and its \
      kind.
      """,
    value: "file")
  var csv: String?
  @Flag(help: "Print JSON lines.") var json = false
  @Flag(help: "Do not show progress and the summary.") var quiet = false
  @OptionGroup var sort: SortOptions
  @OptionGroup var options: FeatureOptions

  func validate() throws {
    try check(paths: photos)
    try check(csv: csv)
    if csv != nil, photos.isEmpty { throw ValidationError("--csv needs --photos") }
    if sort.folder != nil, photos.isEmpty { throw ValidationError("--sort-into needs --photos") }
  }

  func run() throws {
    try sort.checkIsOutside(csv: csv)
    let split = try DataSplit(path: examples, validation: 0, seed: 0)
    StandardError.note(split.notes)
    let others = split.validation.samples.count
    if others > 0 {
      StandardError.note(
        "\(others.counted("photo", "photos")) for validation left out of the examples")
    }
    let files = (split.training.samples + split.validation.samples).map(\.photo.filePath)
    let photos = photos.isEmpty ? [] : try sort.photos(among: foundPhotos(photos), besides: files)
    try checkSorting(examples: files)
    try check(
      csv, "--csv",
      replacesNoneOf: options.network.source().files + [examples] + files + photos.map(\.path))
    let features = try options.photoFeatures(normalizes: true)
    // Open the file before the network runs, so that an unwritable path fails early.
    var table = try csv.map { try CSVTable(path: $0, columns: "path,label,probability,error,kind") }
    let known = try self.examples(of: split.training, features)
    let classifier = try self.classifier(of: known, features)
    let failures = try label(photos, features, known, classifier, &table)
    if known.hasFailed || failures > 0 { throw ExitCode.failure }
  }

  /// Checks that the sorted photos would not become examples of a later run.
  private func checkSorting(examples files: [String]) throws {
    guard let folder = sort.folder else { return }
    if PhotoSorter.isFolder(folder, inside: examples)
      || files.contains(where: { PhotoSorter.isFile($0, inside: folder) })
    {
      throw ValidationError(
        "--sort-into \(folder) would add photos to the examples in \(examples); name another folder"
      )
    }
  }

  /// The features of the examples.
  private struct Examples {
    let features: LabelledFeatures
    /// The class of each row of features. They are bit-identical for copies of a photo.
    let labels: [[Float]: Int]
    /// Whether an example could not be read.
    let hasFailed: Bool
  }

  /// Fits the classifier.
  private func classifier(
    of examples: Examples, _ features: PhotoFeatures
  ) throws -> FewShotClassifier {
    let count = examples.features.rows.count
    let progress = ProgressLine("fits", isQuiet: quiet)
    // A regression on many examples may take minutes, and nothing is written before its end.
    let result = Interruption.endAtOnce {
      FewShotClassifier(
        examples.features, method: classifier, pool: features.extractor.pool
      ) { done, total in progress.update(done, of: total) }
    }
    if json {
      let validation = result.validation
      try StandardOutput.print(object: [
        "classes": result.classes, "classifier": result.method.rawValue, "examples": count,
        "validation": [
          "top1": validation.accuracy, "top1Count": validation.correct,
          "top1Interval": validation.interval, "images": validation.counted,
          "alone": validation.alone, "folds": validation.folds,
        ] as JSONObject,
      ])
    } else if self.photos.isEmpty {
      try StandardOutput.print(result.summary(examples: count))
    } else if !quiet {
      StandardError.write(result.summary(examples: count) + "\n")
    }
    return result
  }

  /// Computes the features of the examples, and reports unreadable ones.
  private func examples(of photos: Dataset, _ features: PhotoFeatures) throws -> Examples {
    let samples = photos.samples
    let progress = ProgressLine("photos", isQuiet: quiet)
    var (rows, labels) = ([[Float]](), [Int]())
    try features.forEach(
      count: samples.count,
      decoded: { [decoding = options.decoding.options] index in
        try samples[index].photo.decoded(options: decoding)
      }
    ) { index, result in
      try progress.check(result)
      progress.update(index + 1, of: samples.count)
      guard let row = try? result.get() else { return }
      rows.append(row)
      labels.append(samples[index].label)
    }
    var known: [[Float]: Int] = [:]
    for (row, label) in zip(rows, labels) {
      if let first = known[row], first != label {
        StandardError.note(
          "an example of '\(photos.names[label].oneLine)' is the same picture as one of "
            + "'\(photos.names[first].oneLine)', whose class its copies get")
      } else {
        known[row] = label
      }
    }
    return Examples(
      features: try LabelledFeatures(classes: photos.names, rows: rows, labels: labels),
      labels: known,
      hasFailed: rows.count < samples.count)
  }

  /// Labels photos. Returns the number of those that could not be read or sorted.
  private func label(
    _ photos: [FoundPhoto], _ features: PhotoFeatures, _ examples: Examples,
    _ classifier: FewShotClassifier, _ table: inout CSVTable?
  ) throws -> Int {
    guard !self.photos.isEmpty else { return 0 }
    let sorting = try sort.sorting(classes: classifier.classes)
    var (exampleCount, unlikeCount) = (0, 0)
    let failures = try showResults(
      of: photos, &table, sorting, isQuiet: quiet,
      forEach: { report in try features.forEach(photos, report) },
      show: { path, result, table in
        switch result {
        case .success(let features):
          let example = examples.labels[features]
          let probabilities = try example == nil ? classifier.probabilities(of: features) : []
          let best =
            example ?? probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
          let label = classifier.classes[best]
          let probability = example == nil ? probabilities[best] : nil
          if example != nil { exampleCount += 1 }
          let isUnlike = try example == nil && classifier.isUnlikeExamples(features)
          if isUnlike { unlikeCount += 1 }
          let destination = try sorting?.put(
            path, inClass: best, probability: probability ?? 1, isUnlike: isUnlike)
          try table?.write([path, label, probability.map { "\($0)" } ?? "", "", ""])
          let percentage = probability?.percent(digits: 1) ?? "(example)"
          try StandardOutput.print(
            json
              ? classifier.json(path, best, probabilities, isUnlike: isUnlike, destination)
              : "\(path.oneLine): \(label.oneLine) \(percentage)"
                + (isUnlike ? " (unlike the examples)" : "")
                + (destination.map { " -> \($0.oneLine)" } ?? ""))
        case .failure(let error):
          try table?.write([path, "", "", error.message(without: path), error.kind])
          if json { try StandardOutput.print(object: JSONObject(path: path, error: error)) }
        }
      })
    if unlikeCount > 0, !quiet {
      let photos = unlikeCount.counted("photo is", "photos are")
      StandardError.write(
        "\(photos) unlike the examples; others may show none of the classes, too, since the classifier "
          + "always names one, often with a high percentage\n")
    }
    if exampleCount > 0, !quiet {
      let photos = exampleCount.counted("photo is", "photos are")
      StandardError.write("\(photos) among the examples, so not labelled by the classifier\n")
    }
    return failures
  }
}

extension Dataset {
  /// The unique names of the classes; for ImageNet's the WordNet identifiers.
  fileprivate var names: [String] { classes.map { $0.wnid ?? $0.name } }
}

extension CrossValidation {
  /// The ends of the 95 % interval of the accuracy; nil if no example was left out.
  fileprivate var interval: [Double]? {
    let interval = Proportion(correct, of: counted).interval
    return counted == 0 ? nil : [interval.lowerBound, interval.upperBound]
  }
}

extension FewShotClassifier {
  /// For instance "2 classes, 20 examples, centroid; leave-one-out accuracy 19 of 20 (95.0 %, 95 %
  /// interval 76–99 %)".
  func summary(examples: Int) -> String {
    let validation = validation
    let how =
      validation.isLeaveOneOut
      ? "leave-one-out accuracy" : "\(validation.folds)-fold cross-validation accuracy"
    let accuracy =
      validation.counted == 0
      ? "no accuracy: every class has only one example"
      : "\(how) \(Proportion(validation.correct, of: validation.counted).text)"
    let alone =
      validation.alone == 0 || validation.counted == 0
      ? ""
      : "; \(validation.alone.counted("example is", "examples are")) not tested, as the only one of a class"
    return
      "\(classes.count) classes, \(examples) examples, \(method.rawValue); \(accuracy)\(alone)"
  }

  /// Returns a label as JSON; without probabilities for an example. A dictionary cannot hold the
  /// classes: Unicode may consider two names equal whose bytes differ.
  fileprivate func json(
    _ path: String, _ best: Int, _ probabilities: [Double], isUnlike: Bool, _ destination: String?
  ) throws -> String {
    let all = try zip(classes, probabilities).map { name, probability in
      "\(try jsonText(name)):\(try jsonText(probability))"
    }
    let place = try destination.map { "\"destination\":\(try jsonText($0))," } ?? ""
    let numbers =
      try all.isEmpty
      ? ""
      : ",\"probabilities\":{\(all.joined(separator: ","))},"
        + "\"probability\":\(jsonText(probabilities[best])),\"unlike_examples\":\(isUnlike)"
    return try "{\(place)\"example\":\(all.isEmpty),\"label\":\(jsonText(classes[best])),"
      + "\"path\":\(jsonText(path))\(numbers)}"
  }
}

extension FewShotClassifier.Method: ExpressibleByArgument {}
