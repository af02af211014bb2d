import ArgumentParser
import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetTraining

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Classify photos.",
    discussion: """
      Prints the most probable classes of each photo. Photos are JPEG, PNG or WebP files. A \
      folder stands for all photos in it and in its subfolders. '-' reads standard input: one \
      photo, named '-' in the results, or a list of paths, one per line or separated by zero \
      bytes ('find -print0'). The list must end before the first photo is classified. An \
      unreadable photo is reported and skipped; the exit code is then 1.

      Without --model, the network is lite0; 'effnet pull lite0' downloads it. Two environment \
      variables change what it uses: EFFNET_CACHE is the folder of downloaded weights, EFFNET_ISA \
      selects the kernels (scalar, avx2, avx512, neon or neonfp16).

      In folders, links are followed. Hidden files and folders, __MACOSX, Thumbs.db and \
      desktop.ini are ignored, and a note counts the other files that are not photos. A photo that \
      is named twice is classified twice, but sorted once.

      --sort-into FOLDER copies each photo to FOLDER/CLASS/NAME, or links or moves it. If the name \
      is taken, the photo becomes NAME-2; if the same photo is there, it is not copied again. \
      Photos that are in FOLDER already are left out, and so are those in other folders that \
      effnet sorted, unless you name them. Unreadable photos stay. A network must choose one of \
      its classes, also for a photo of none of them: --threshold puts photos whose best class is \
      improbable into FOLDER/unsure. A photo of none of the classes can have 100 %, too: look \
      through all folders. To choose a threshold for other classes than ImageNet's, see the table \
      at the end and that of 'effnet evaluate'. A value that suits 'effnet label' may put most \
      photos into unsure here. FOLDER must not be among the photos that trained the network.

      Files in folders that are not photos are counted in a note. This command lists them:
        effnet classify holiday/ --json --quiet | grep '"skipped"'
      HEIC, AVIF, GIF, BMP and TIFF pictures are not read. These commands put JPEG copies next \
      to them (packages of Debian and Ubuntu: libheif-examples, libavif-bin, imagemagick):
        find holiday/ -iname '*.hei[cf]' -exec heif-convert {} {}.jpg \\;
        find holiday/ -iname '*.avif' -exec avifdec {} {}.jpg \\;
        find holiday/ -iname '*.gif' -exec convert '{}[0]' {}.jpg \\;
        find holiday/ -iname '*.bmp' -exec convert '{}[0]' {}.jpg \\;
        find holiday/ -iname '*.tif' -exec convert '{}[0]' {}.jpg \\;
        find holiday/ -iname '*.tiff' -exec convert '{}[0]' {}.jpg \\;

      After Ctrl-C, the finished rows of --csv are in FILE.partial, or in FILE.partial-2 if that \
      exists, and sorted photos stay sorted.

      Examples:
        effnet classify cat.jpg
        effnet classify holiday/ --top 3 --csv holiday.csv
        effnet classify holiday/ --sort-into sorted-by-effnet/ --threshold 0.3
        effnet classify holiday/ --sort-into sorted-by-effnet/ --move
        effnet classify cat.jpg --model runs/train/photos
        find . -name '*.png' -print0 | effnet classify - --json
        effnet classify - < cat.jpg
      """)

  @OptionGroup var arguments: PhotoArguments
  @Option(
    number: "Show this many classes per photo (default: 5; in the lines for several photos 1).")
  var top: Int?
  @Option(
    help: """
      Also write a CSV file with the columns path, rank, index, wnid, label, probability, \
      logit, error and kind of the error; an existing file is replaced.
      """, value: "file")
  var csv: String?
  @Flag(
    help: """
      Print one JSON object per photo: path, model (the file or the run that you named, else the \
      network), network, predictions and, with --sort-into, destination and existed (whether the \
      same photo was there before, so that this one stays); or path, error and its kind. A file in \
      a folder that is not a photo has path, skipped (the reason) and kind: otherFormat, or ending \
      for a name without the ending of a photo. Each line is written as soon as its photo is \
      finished.
      """)
  var json = false
  @Flag(help: "Do not show progress and the summary.") var quiet = false
  @Option(number: "Photos per run of the network (default: up to 8, as memory allows).")
  var batch: Int?
  @OptionGroup var sort: SortOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var labels: LabelOptions
  @OptionGroup var decoding: DecodingArguments

  func validate() throws {
    try check(top, "--top", 1...1_000_000)
    try check(batch, "--batch", 1...1024)
    try check(csv: csv)
  }

  func run() throws {
    try sort.checkIsOutside(csv: csv)
    var photos = try sort.photos(among: arguments.found(json: json))
    if sort.folder != nil { photos = try withoutSorted(photos, below: arguments.paths) }
    let source = try network.source(scale)
    try check(
      csv, "--csv",
      replacesNoneOf: source.files + [labels.labels].compactMap(\.self) + photos.map(\.path))
    let run = source.weights.flatMap(RunFolder.ofWeights)
    try sort.checkIsOutsideTrainingPhotos(of: run)
    var model = try source.load(isPredicting: true)
    try labels.apply(to: &model)
    let classifier = try Classifier(
      model, pool: network.processors.pool(), precision: network.numbers.announced(isQuiet: quiet))
    let name = model.description.architecture.name
    let title = source.title ?? name
    let shown = top ?? (json || photos.count == 1 ? 5 : 1)
    var table = try csv.map {
      try CSVTable(path: $0, columns: "path,rank,index,wnid,label,probability,logit,error,kind")
    }
    let classes = model.description.classes.map(\.name)
    let settings = try? run?.readSettings()
    let sorting = try sort.sorting(classes: classes) { folders in
      guard let settings else { return sort.adviceToLabel(arguments.paths, folders: folders) }
      return SortOptions.adviceToLook(
        examples: settings.dataFromHere ?? settings.dataPath, classes: classes,
        again: "train again: the run can then be neither resumed nor evaluated on its own photos")
    }
    var thresholds = ThresholdTable(chosen: sort.threshold)
    let failures = try showResults(
      of: photos, by: model.weights.source, &table, sorting, isQuiet: quiet,
      forEach: { report in
        try classifier.forEach(
          photos, top: csv == nil ? shown : top ?? 5, decoding: decoding.options, batch: batch,
          report)
      },
      show: { path, outcome, table in
        switch outcome {
        case .success(let predictions):
          let best = predictions[0]
          let place = try sorting?.put(
            path, inClass: best.index, probability: best.probability)
          thresholds.count(best.probability)
          for (rank, prediction) in predictions.enumerated() {
            try table?.write(prediction.csvFields(path: path, rank: rank + 1))
          }
          if json {
            try StandardOutput.print(object: [
              "path": path, "model": title, "network": name, "predictions": predictions,
              "destination": place?.path, "existed": place?.wasThere,
            ])
          } else {
            try self.show(
              path, predictions.prefix(shown), place.flatMap { sorting?.arrow(to: $0) } ?? "",
              isOnlyOne: photos.count == 1)
          }
        case .failure(let error):
          try table?.write(
            [path, "", "", "", "", "", "", error.message(without: path), error.kind])
          if json { try StandardOutput.print(object: JSONObject(path: path, error: error)) }
        }
      },
      end: {
        guard !quiet, model.description.classes != ClassLabel.imageNet, sorting != nil,
          photos.count > 1
        else { return }
        StandardError.write(thresholds.lines(hasPhotos: true).map { $0 + "\n" }.joined())
      })
    if failures > 0 { throw ExitCode.failure }
  }

  /// Prints the classes of a photo: a table for a single photo, otherwise a line.
  private func show(
    _ path: String, _ predictions: ArraySlice<Prediction>, _ arrow: String, isOnlyOne: Bool
  ) throws {
    guard isOnlyOne else {
      let classes = predictions.map { "\($0.label.oneLine) \($0.probability.percent(digits: 1))" }
      return try StandardOutput.print(
        "\(path.oneLine): \(classes.joined(separator: ", "))\(arrow)")
    }
    let lines = predictions.tableLines(
      .right { $0.probability.percent(digits: 1) }, .left { $0.label }, .left { $0.wnid ?? "" })
    try StandardOutput.print(["\(path.oneLine)\(arrow)"] + lines.map { "  " + $0 })
  }
}

extension Prediction {
  /// The row of a photo's class.
  fileprivate func csvFields(path: String, rank: Int) -> [String] {
    [
      path, "\(rank)", "\(index)", wnid ?? "", label, "\(probability)", "\(logit)", "", "",
    ]
  }
}
