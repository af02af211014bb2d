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

      With --json, the first line describes the examples; then comes one line for each photo: \
      path, label and probabilities, or path and error.

      Without --model and --weights, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet label --examples examples/ --photos holiday/
        effnet label --examples examples/ --photos holiday/ --csv labels.csv
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
    help: "Also write a CSV file, and replace an existing one: path, label, probability, error.",
    value: "file")
  var csv: String?
  @Flag(help: "Print JSON lines.") var json = false
  @Flag(help: "Do not show progress and the summary.") var quiet = false
  @OptionGroup var options: FeatureOptions

  func validate() throws {
    try check(paths: photos)
    try check(csv: csv)
    if csv != nil, photos.isEmpty { throw ValidationError("--csv needs --photos") }
  }

  func run() throws {
    let split = try DataSplit(path: examples, validation: 0, seed: 0)
    StandardError.note(split.notes)
    let others = split.validation.samples.count
    if others > 0 {
      StandardError.note(
        "\(others.counted("photo", "photos")) for validation left out of the examples")
    }
    let photos = photos.isEmpty ? [] : try foundPhotos(photos)
    try check(
      csv, "--csv",
      replacesNoneOf: options.network.source().files + [examples]
        + split.training.samples.map(\.photo.filePath) + photos.map(\.path))
    let features = try options.photoFeatures(normalizes: true)
    // Open the file before the network runs, so that an unwritable path fails early.
    var table = try csv.map { try OutputFile(path: $0) }
    try table?.write("path,label,probability,error\n")
    let (classifier, hasFailed) = try classifier(of: split.training, features)
    let failures = try label(photos, features, classifier, &table)
    try table?.commit()
    if hasFailed || failures > 0 { throw ExitCode.failure }
  }

  /// Fits the classifier. Also returns whether an example could not be read.
  private func classifier(
    of photos: Dataset, _ features: PhotoFeatures
  ) throws -> (FewShotClassifier, hasFailed: Bool) {
    let examples = try examples(of: photos, features)
    let count = examples.rows.count
    // A regression on many examples may take minutes, and nothing is written before its end.
    Interruption.endAtOnce()
    let progress = ProgressLine("fits", isQuiet: quiet)
    let result = FewShotClassifier(
      examples, method: classifier, pool: features.extractor.pool
    ) { done, total in progress.update(done, of: total) }
    if json {
      let validation = result.validation
      try StandardOutput.print(object: [
        "classes": result.classes, "classifier": result.method.rawValue, "examples": count,
        "validation": [
          "accuracy": validation.accuracy, "correct": validation.correct,
          "counted": validation.counted, "alone": validation.alone, "folds": validation.folds,
        ] as JSONObject,
      ])
    } else if self.photos.isEmpty {
      try StandardOutput.print(result.summary(examples: count))
    } else if !quiet {
      StandardError.write(result.summary(examples: count) + "\n")
    }
    return (result, count < photos.samples.count)
  }

  /// Computes the features of the examples, and reports unreadable ones.
  private func examples(
    of photos: Dataset, _ features: PhotoFeatures
  ) throws -> LabelledFeatures {
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
    return try LabelledFeatures(classes: photos.names, rows: rows, labels: labels)
  }

  /// Labels photos. Returns the number of unreadable ones.
  private func label(
    _ photos: [FoundPhoto], _ features: PhotoFeatures, _ classifier: FewShotClassifier,
    _ table: inout OutputFile?
  ) throws -> Int {
    guard !photos.isEmpty else { return 0 }
    let progress = ProgressLine("photos", isQuiet: quiet)
    let totals = try features.forEach(photos) { index, result in
      try progress.check(result)
      let path = photos[index].path
      switch result {
      case .success(let features):
        let probabilities = classifier.probabilities(of: features)
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
        let (label, probability) = (classifier.classes[best], probabilities[best])
        try table?.write("\(path.csvField),\(label.csvField),\(probability),\n")
        try StandardOutput.print(
          json
            ? classifier.json(path, label, probability, probabilities)
            : "\(path.oneLine): \(label.oneLine) \(probability.percent(digits: 1))")
      case .failure(let error):
        try table?.write("\(path.csvField),,,\("\(error)".csvField)\n")
        if json { try StandardOutput.print(json: ["path": path, "error": "\(error)"]) }
      }
      progress.update(index + 1, of: photos.count)
    }
    if !quiet, photos.count > 1 { StandardError.write(totals.summary + "\n") }
    return totals.failures
  }
}

extension Dataset {
  /// The unique names of the classes; for ImageNet's the WordNet identifiers.
  fileprivate var names: [String] { classes.map { $0.wnid ?? $0.name } }
}

extension FewShotClassifier {
  /// For instance "2 classes, 20 examples; leave-one-out accuracy 95.0 % (19 of 20)".
  func summary(examples: Int) -> String {
    let validation = validation
    let how =
      validation.isLeaveOneOut
      ? "leave-one-out accuracy" : "\(validation.folds)-fold cross-validation accuracy"
    let accuracy =
      validation.accuracy.map {
        "\(how) \($0.percent(digits: 1)) (\(validation.correct) of \(validation.counted))"
      } ?? "no accuracy: every class has only one example"
    let alone =
      validation.alone == 0 || validation.counted == 0
      ? ""
      : "; \(validation.alone.counted("example is", "examples are")) not tested, as the only one of a class"
    return
      "\(classes.count) classes, \(examples) examples, \(method.rawValue); \(accuracy)\(alone)"
  }

  /// Returns a label as JSON. A dictionary cannot hold the classes: Unicode may consider two names
  /// equal whose bytes differ.
  fileprivate func json(
    _ path: String, _ label: String, _ probability: Double, _ probabilities: [Double]
  ) throws -> String {
    let all = try zip(classes, probabilities).map { name, probability in
      "\(try jsonText(name)):\(try jsonText(probability))"
    }
    return try "{\"label\":\(jsonText(label)),\"path\":\(jsonText(path)),"
      + "\"probabilities\":{\(all.joined(separator: ","))},"
      + "\"probability\":\(jsonText(probability))}"
  }
}

extension FewShotClassifier.Method: ExpressibleByArgument {}
