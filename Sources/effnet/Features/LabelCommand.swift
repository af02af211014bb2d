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
      The only example of a class cannot be left out. Without photos to label, lists the examples \
      that look like another class: look there for mistakes in your sorting. A table shows \
      what each value of --threshold would sort.

      The examples are what 'effnet train' takes: a folder with a subfolder for each class, a \
      CSV file or tar archives. Give at least 15 to 20 of each class, of different scenes. \
      Examples for validation or tests are left out, and so are copies of an example of the same \
      class.

      A photo that is an example, or a copy of one, keeps the class of the example: its line ends \
      in "(example)" instead of a percentage.

      The percentage compares the classes with each other: 90 % means that the best class is far \
      more likely than the others, not that the photo shows it. A photo of none of the classes \
      can have 90 %, too. A photo that is less similar to its nearest example than 90 % of the \
      examples are to theirs is marked "(unlike the examples)"; with --threshold, it goes into \
      the folder unsure at any value, even 0. The mark misses many photos of \
      other things, and about one in ten photos of your classes has it. So look through all sorted \
      folders, not only unsure. Compare percentages of one classifier only; a trained network \
      needs another --threshold.

      Better still, make a class "other": sort once, move photos of other things from all sorted \
      folders to a folder "other" of the examples, and sort again, into a new folder. The accuracy \
      often falls then, because "other" is a difficult class; the sorted photos are better. The \
      table of thresholds has a column for the photos of "other" in a class: choose by it.

      --sort-into FOLDER copies each photo to FOLDER/CLASS/NAME, or links or moves it, as in \
      'effnet classify'. Examples among the photos are left out then. After Ctrl-C, the finished \
      rows of --csv are in FILE.partial, or in FILE.partial-2 if that exists, and sorted photos \
      stay sorted.

      With --json, the first line describes the examples: model (the file or the run that you \
      named, else the network), network, and validation with the examples that look like another \
      class in wrong (path, truth, prediction, probability). Then comes one line for each photo: \
      path, label (the predicted class), whether it is an example, probabilities and whether it is \
      unlike the examples if not and, with --sort-into, destination and existed (whether the same \
      photo was there before, so that this one stays); or path, error and its kind.

      Without --model, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet label --examples examples/
        effnet label holiday/ --examples examples/ --csv labels.csv
        effnet label new/ --examples examples/ --sort-into sorted-by-effnet/
        effnet label --examples examples/ --classifier logistic
      """)

  @Option(
    help: "Labelled photos: a folder with a subfolder for each class, a CSV file or tar archives.",
    value: "photos")
  var examples: String
  @Argument(
    help: ArgumentHelp(
      """
      Photos and folders to label, or '-' for standard input: a photo, or a list of paths. \
      Without photos, only results on the examples are printed.
      """, valueName: "path"))
  var paths: [String] = []
  @Option(
    name: .customLong("photos"), parsing: .upToNextOption,
    help: ArgumentHelp("The same as the arguments without an option.", valueName: "path"))
  var optionPaths: [String] = []
  @Option(help: "Classifier: centroid (the nearest class mean) or logistic (logistic regression).")
  var classifier = FewShotClassifier.Method.centroid
  @Option(
    help: """
      Also write a CSV file, and replace an existing one: path, label, probability, unlike (the \
      examples), error and its kind.
      """, value: "file")
  var csv: String?
  @Flag(
    help: """
      Print JSON lines: before the photos, a file in a folder that is not a photo has path, \
      skipped (the reason) and kind.
      """)
  var json = false
  @Flag(help: "Do not show progress and the summary.") var quiet = false
  @OptionGroup var sort: SortOptions
  @OptionGroup var options: FeatureOptions

  func validate() throws {
    try check(paths: photos)
    try check(csv: csv)
    for (option, value) in [("--csv", csv), ("--sort-into", sort.folder)] where photos.isEmpty {
      if value != nil { throw ValidationError("\(option) needs photos to label; name some") }
    }
  }

  private var photos: [String] { paths + optionPaths }

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
    try checkSorting(examples: files)
    let photos =
      photos.isEmpty
      ? []
      : try withoutSorted(
        sort.photos(among: foundPhotos(photos, json: json), besides: files), below: photos)
    let source = try options.network.source()
    try check(csv, "--csv", replacesNoneOf: source.files + [examples] + files + photos.map(\.path))
    let features = try options.photoFeatures(normalizes: true)
    let samples = split.training.samples
    let use = source.weights.flatMap(RunFolder.ofWeights)?
      .uses(of: samples) { StandardError.note($0) }.map(counts(of:))
    StandardError.note(
      [use.flatMap { LabelExamples.note(onUse: $0, of: samples.count) }].compactMap(\.self))
    // Open the file before the network runs, so that an unwritable path fails early.
    var table = try csv.map {
      try CSVTable(path: $0, columns: "path,label,probability,unlike,error,kind")
    }
    let known = try LabelExamples(
      split.training, from: examples, features, decoding: options.decoding.options, isQuiet: quiet)
    let classifier = try self.classifier(of: known, features, use: use)
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

  /// Fits the classifier, and prints its accuracy.
  ///
  /// - Parameter use: The numbers of examples that trained and validated the network, if known.
  private func classifier(
    of examples: LabelExamples, _ features: PhotoFeatures, use: (training: Int, validation: Int)?
  ) throws -> FewShotClassifier {
    let count = examples.paths.count
    let progress = ProgressLine("steps", isQuiet: quiet)
    // Many examples may take minutes, and nothing is written before its end.
    let result = Interruption.endAtOnce {
      FewShotClassifier(
        examples.features, method: classifier, pool: features.extractor.pool
      ) { done, total in progress.update(done, of: total) }
    }
    if json {
      let network = features.extractor.description.model
      let title = try options.network.source().title ?? network
      try StandardOutput.print(
        object: result.json(of: examples, use: use, model: title, network: network))
    } else if self.photos.isEmpty {
      let table = ThresholdTable(
        result.validation, classes: result.classes, chosen: nil
      ).lines(hasPhotos: false)
      try StandardOutput.print(
        [result.summary(examples: count)] + [result.otherNote].compactMap(\.self)
          + result.wrongLines(of: examples.paths) + table)
    } else if !quiet {
      let wrong = result.wrongNote.map { "\($0); without photos, 'effnet label' lists them" }
      StandardError.write(
        [result.summary(examples: count), result.otherNote, wrong].compactMap(\.self)
          .map { $0 + "\n" }.joined())
    }
    return result
  }

  /// Labels photos. Returns the number of those that could not be read or sorted.
  private func label(
    _ photos: [FoundPhoto], _ features: PhotoFeatures, _ examples: LabelExamples,
    _ classifier: FewShotClassifier, _ table: inout CSVTable?
  ) throws -> Int {
    guard !self.photos.isEmpty else { return 0 }
    let sorting = try sort.sorting(classes: classifier.classes) { _ in
      SortOptions.adviceToLook(
        examples: self.examples, classes: classifier.classes, again: "sort again into a new folder")
    }
    var thresholds = ThresholdTable(
      classifier.validation, classes: classifier.classes, chosen: sort.threshold)
    var counts = LabelCounts()
    let failures = try showResults(
      of: photos, by: features.extractor.source, &table, sorting, isQuiet: quiet,
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
          let isUnlike = try example == nil && classifier.isUnlikeExamples(features)
          counts.add(isExample: example != nil, isUnlike: isUnlike)
          thresholds.count(probability ?? 1, isUnlike: isUnlike)
          let place = try sorting?.put(
            path, inClass: best, probability: probability ?? 1, isUnlike: isUnlike)
          try table?.write([
            path, label, probability.map { "\($0)" } ?? "", example == nil ? "\(isUnlike)" : "", "",
            "",
          ])
          let percentage = probability?.percent(digits: 1) ?? "(example)"
          try StandardOutput.print(
            json
              ? classifier.json(path, best, probabilities, isUnlike: isUnlike, place)
              : "\(path.oneLine): \(label.oneLine) \(percentage)"
                + (isUnlike ? " (unlike the examples)" : "")
                + (place.flatMap { sorting?.arrow(to: $0) } ?? ""))
        case .failure(let error):
          try table?.write([path, "", "", "", error.message(without: path), error.kind])
          if json { try StandardOutput.print(object: JSONObject(path: path, error: error)) }
        }
      },
      end: {
        guard !quiet else { return }
        var lines = counts.lines
        // A single photo is shown alone.
        if photos.count > 1 { lines += thresholds.lines(hasPhotos: true) }
        StandardError.write(lines.map { $0 + "\n" }.joined())
      })
    return failures
  }
}

extension FewShotClassifier.Method: ExpressibleByArgument {}
