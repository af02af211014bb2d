#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetFormats
  import EfficientNetImages

  struct ClassifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "classify",
      abstract: "Say what photos show.",
      discussion: """
        Photos are JPEG, PNG or WebP files. In place of a folder, all photos in it and below it are \
        classified; '-' reads paths from standard input, one a line. A photo that cannot be read is \
        reported and skipped; the exit code is then 1.

        Examples:
          effnet classify cat.jpg
          effnet classify holiday/ --top 3 --csv holiday.csv
          find . -name '*.png' | effnet classify - --json
        """)

    @Argument(help: ArgumentHelp("Files, folders, or '-'.", valueName: "path"))
    var paths: [String]
    @OptionGroup var network: NetworkOptions
    @OptionGroup var decoding: DecodingArguments
    @Option(
      help: "Classes to show for a photo (default: 5, or 1 in the line for one of many photos).")
    var top: Int?
    @Option(help: "Photos that go through the network at once.") var batch = 8
    @Flag(help: "Print one JSON object a photo.") var json = false
    @Option(help: ArgumentHelp("Write a CSV file as well.", valueName: "file")) var csv: String?
    @Flag(help: "No progress and no summary.") var quiet = false

    func validate() throws {
      try NetworkOptions.check(top ?? 1, "--top", 1...1_000_000)
      try NetworkOptions.check(batch, "--batch", 1...1024)
    }

    func run() throws {
      let photos = try PhotoFinder.photos(at: try expandedPaths())
      guard !photos.isEmpty else { return }
      let classifier = try network.classifier()
      let style: ResultWriter.Style = json ? .json : photos.count == 1 ? .table : .lines
      let isLine = style == .lines && csv == nil
      let classification = PhotoClassification(
        classifier: classifier, paths: photos, batch: batch, top: top ?? (isLine ? 1 : 5),
        decoding: decoding.options)
      var writer = try ResultWriter(style: style, csvPath: csv)
      var progress = ProgressLine(total: photos.count, noun: "photos", isQuiet: quiet)
      var done = 0
      let totals = try classification.run { result in
        progress.clear()
        if case .failure(let error) = result.outcome { StandardError.write("effnet: \(error)\n") }
        try writer.write(result)
        done += 1
        progress.update(done)
      }
      progress.clear()
      try writer.finish()
      if !quiet, photos.count > 1 { StandardError.write(totals.summary + "\n") }
      if totals.failures > 0 { throw ExitCode.failure }
    }

    /// The arguments with '-' replaced by the lines of standard input.
    private func expandedPaths() throws -> [String] {
      guard paths.contains("-") else { return paths }
      var lines: [String] = []
      while let line = readLine() {
        if !line.isEmpty { lines.append(line) }
      }
      return paths.flatMap { $0 == "-" ? lines : [$0] }
    }
  }

  extension PhotoClassification.Totals {
    /// For instance "500 photos in 4.1 s, 122 a second; a photo takes 9.1 ms in the network, 4.9 ms before it".
    var summary: String {
      func milliseconds(_ duration: Duration) -> String {
        (duration / .milliseconds(1) / Double(max(photos - failures, 1))).formatted(digits: 1)
      }
      let seconds = wall / .seconds(1)
      let rate = (Double(photos) / max(seconds, 1e-9)).formatted(digits: 0)
      let failed = failures == 0 ? "" : ", \(failures) of them could not be read"
      return "\(photos) photos\(failed) in \(seconds.formatted(digits: 1)) s, \(rate) a second; "
        + "a photo takes \(milliseconds(network)) ms in the network, "
        + "\(milliseconds(preparation)) ms to read and prepare"
    }
  }
#endif
