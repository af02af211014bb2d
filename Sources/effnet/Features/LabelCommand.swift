public import ArgumentParser
import EfficientNet
public import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports
import EfficientNetTraining

struct LabelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label",
    abstract: "Label photos by a few examples of each class, without training a network.",
    discussion: """
      The examples are what 'effnet train' takes: a folder with a folder for each class, a CSV file or tar archives; where \
      some are for validation or tests, those for training. Their features are told apart by the nearest mean of a class \
      or by logistic regression. How often that is right about examples that are left out is said first: one by one, or \
      for a logistic regression on more than 200 examples in ten parts. The only example of a class cannot be left out.

      With --json the first line is an object about the examples, then comes one for each photo: path, label and \
      probabilities, or path and error.

      Examples:
        effnet label --examples examples/ --photos holiday/
        effnet label --examples examples/ --photos holiday/ --classifier logistic --csv labels.csv
        effnet label --examples examples/ --json
      """)

  @Option(
    help: "Labelled photos: a folder with a folder for each class, a CSV file, or tar archives.",
    value: "photos")
  var examples: String
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Files and folders to label, or '-'; without, only the accuracy is said.", valueName: "path"
    ))
  var photos: [String] = []
  @Option(help: "How classes are told apart: centroid or logistic.")
  var classifier = FewShotClassifier.Method.centroid
  @OptionGroup var options: FeatureOptions
  @Option(
    help: "Write a CSV file as well, replacing one that is there: path, label, probability, error.",
    value: "file")
  var csv: String?
  @Flag(help: "Print JSON lines.") var json = false
  @Flag(help: "No progress and no summary.") var quiet = false

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
    // Opened before the network runs: a place that cannot be written to is known at once.
    var table = try csv.map { try OutputFile(path: $0) }
    try table?.write("path,label,probability,error\n")
    let (classifier, hasFailed) = try classifier(of: split.training, features)
    let failures = try label(photos, features, classifier, &table)
    try table?.commit()
    if hasFailed || failures > 0 { throw ExitCode.failure }
  }

  /// The classifier, and whether an example could not be read.
  private func classifier(
    of photos: Dataset, _ features: PhotoFeatures
  ) throws -> (FewShotClassifier, hasFailed: Bool) {
    let examples = try examples(of: photos, features)
    let count = examples.rows.count
    // A regression on many examples may take minutes, and nothing is left behind.
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

  /// The features of the examples that can be read; the others are reported.
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

  /// Labels photos; returns how many could not be read.
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
  /// The names of the classes, which no two share: of ImageNet's their identifiers.
  fileprivate var names: [String] { classes.map { $0.wnid ?? $0.name } }
}

extension FewShotClassifier {
  /// For instance "2 classes, 20 examples; leave-one-out accuracy 95.0 % (19 of 20)".
  func summary(examples: Int) -> String {
    let validation = validation
    let how =
      validation.isLeaveOneOut
      ? "leave-one-out accuracy" : "accuracy in \(validation.folds) parts left out in turn"
    let accuracy =
      validation.accuracy.map {
        "\(how) \($0.percent(digits: 1)) (\(validation.correct) of \(validation.counted))"
      } ?? "no accuracy, since every class has one example"
    let alone =
      validation.alone == 0 || validation.counted == 0
      ? ""
      : "; \(validation.alone.counted("example is", "examples are")) the only one of its class and not tried"
    return
      "\(classes.count) classes, \(examples) examples, \(method.rawValue); \(accuracy)\(alone)"
  }

  /// A label as JSON. Names of classes may differ in their bytes alone, so that no dictionary can hold them.
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
