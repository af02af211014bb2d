import ArgumentParser
import EfficientNet
import EfficientNetExplanation
import EfficientNetImages
import EfficientNetReports

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Draw heat maps of the regions behind predictions.",
    discussion: """
      Writes a picture for each photo: the photo with a frame around the part that the network \
      sees, and next to it a heat map for each class. Yellow regions speak most for the class; \
      dark ones do not, or speak against it. Each heat map has its own color scale: compare \
      regions within a heat map, not the colors of two. --json and --maps have the numbers. The \
      picture of photos/cat.jpg is photos-cat.explained.NETWORK.METHOD.png in the output folder, \
      or with --compare photos-cat.explained.METHOD.compare.png. No earlier \
      picture is replaced by one of other contents, such as of another --class: the new one gets a \
      number, photos-cat.explained.lite0.cam-2.png.

      Evidence for a class is strong if the network finds the class at least 20 times as probable \
      as any other class, some if at least 3 times, weak if less. The network may be wrong.

      Methods: cam is the class activation map of the last feature map. grad-cam works for any \
      stage and uses the gradient of the logit. occlusion covers the photo patch by patch and \
      measures how far the logit falls.

      --measure draws nothing. It measures how faithful the maps are: it deletes the pixels that \
      a map ranks highest from the photos, or inserts them into blurred ones, and prints the \
      areas below the curves of the class's probability, next to those of a random map and of a \
      map of the center. From 30 photos on, it says which map is significantly better.

      Without --model, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet explain cat.jpg
        effnet explain cat.jpg --class tabby --class 'tiger cat' --maps
        effnet explain photos/ --method grad-cam --stage blocks.4 --output maps/
        effnet explain cat.jpg --compare lite0,lite1,lite2
        effnet explain photos/ --measure
      """)

  @OptionGroup var arguments: PhotoArguments
  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      """
      Explain this class: a name, a number or a WordNet identifier; may be repeated (default: the \
      most probable class).
      """, valueName: "name|number"))
  var classes: [String] = []
  @Option(number: "Explain this many of the most probable classes (default: 1).") var top: Int?
  @Option(
    number: "Use at most this many photos, spread evenly over the list (default: all).")
  var limit: Int?
  @OptionGroup var maps: MapOptions
  @Option(
    help: """
      Explain with several networks side by side, instead of --model: names, weight files or \
      folders of runs, separated by commas. Without --class, all explain the first network's \
      prediction, or each its own if their classes differ.
      """, value: "names")
  var compare: String?
  @Option(
    name: .shortAndLong, help: "The folder for all files (default: explanations).", value: "folder")
  var output: String?
  @OptionGroup var drawing: DrawingOptions
  @Flag(
    name: .customLong("maps"),
    help: """
      Also write each map as PHOTO.explained.NETWORK.METHOD.CLASS.npy: an array (h, w), in units \
      of the logit.
      """)
  var writesMaps = false
  @Flag(help: "Measure how faithful the maps are; draw nothing.") var measure = false
  @Flag(
    help: """
      Print one JSON object per photo: path, sheet and explanations, or path and error with its \
      kind. An explanation has model (the file or the run that you named, else the network), \
      network, method, stage, patch and stride of the method, index, label, title (the label, with \
      a number if another class has it, too), wnid, probability, logit, evidence, rival, region \
      and peak in the photo's pixels, cells (columns and rows of the map) and map (its file). With \
      --measure, print one object for all photos. Before these, a file in a folder that is not a \
      photo has path, skipped (the reason) and kind.
      """)
  var json = false
  @Flag(help: "Show neither progress nor the meaning of the words.") var quiet = false
  @OptionGroup var network: NetworkOptions
  @OptionGroup var labels: LabelOptions
  @OptionGroup var decoding: DecodingArguments

  func validate() throws {
    if output == "" { throw ValidationError("--output needs a folder") }
    if let output, PhotoFinder.isPhotoName(output), !Folder.exists(output) {
      throw ValidationError(
        "--output is \(output), but it must be a folder, in which each picture has its own name")
    }
    if maps.method == .gradCAM { try network.numbers.validateTraining(for: "--method grad-cam") }
    if maps.method == .cam, network.numbers.chosen == .int8 {
      throw ValidationError(
        "--precision int8 cannot be used with --method cam, whose feature map has no codes; leave "
          + "out --precision, or use --method occlusion")
    }
    if classes.contains("") { throw ValidationError("--class needs a name or a number") }
    try check(top, "--top", 1...24)
    try check(limit, "--limit", 1...1 << 40)
    if top != nil, !classes.isEmpty {
      throw ValidationError("--top and --class cannot be used together")
    }
    if compare != nil, network.model.model != nil || network.file.weights != nil {
      throw ValidationError("--compare names the networks; leave out --model and --weights")
    }
    for name in comparedNames ?? [] where name.isEmpty || name.hasPrefix("-") {
      throw ValidationError(
        "--compare \(compare ?? ""): '\(name)' is not a network; separate names with commas")
    }
    if measure, compare != nil {
      throw ValidationError(
        "--measure takes one network, since its numbers depend on the network's own probabilities; "
          + "leave out --compare, and measure each network alone with --model")
    }
    if measure, writesMaps || top != nil || classes.count > 1 {
      throw ValidationError(
        "--measure takes one class and writes no maps; leave out --maps, --top and further --class"
      )
    }
    if measure, drawing.isGiven || output != nil {
      throw ValidationError(
        "--measure draws nothing: leave out --size, --colors, --opacity and --output")
    }
    let panels = max(classes.count, top ?? 1) * (comparedNames?.count ?? 1)
    let most = drawing.sheet.mostPanels
    guard panels <= most else {
      throw ValidationError(
        "\(panels) pictures of \(drawing.sheet.size) pixels do not fit on a sheet, which holds \(most); "
          + "use a smaller --size or fewer classes")
    }
  }

  func run() throws {
    let pool = network.processors.pool()
    // Grad-CAM computes gradients, which need more range than fp16 has.
    let precision =
      maps.method == .gradCAM
      ? network.numbers.announcedForTraining(isQuiet: quiet)
      : network.numbers.announced(isQuiet: quiet)
    let networks = try models().map { name, model in
      try ExplainedNetwork(
        name: name, model: model, method: maps.method(for: model.description.architecture),
        pool: pool, precision: precision)
    }
    if !quiet { noteFloats(networks) }
    let indices = try classes.map { try networks.index(ofClass: $0) }
    let tally: Tally
    if measure {
      tally = try measureMaps(
        of: networks[0], index: indices.first,
        arguments.found(json: false).limited(to: limit), pool: pool)
    } else {
      if classes.isEmpty {
        StandardError.note([networks.noteOnClasses(top: top ?? 1)].compactMap(\.self))
      }
      let sheets = ExplanationSheets(
        command: self, networks: networks, photos: try photos(), classes: indices)
      tally = try sheets.write()
    }
    // Ctrl-C during the last photo stops nothing.
    if !tally.isComplete, let interruption = Interruption.current {
      throw interruption.after(
        tally.done, of: tally.total,
        kept: measure || tally.done == tally.failures ? "" : "; their pictures are in \(folder)")
    }
    if tally.failures > 0 { throw ExitCode.failure }
  }

  /// Notes that the maps of a quantized network are computed in floats.
  private func noteFloats(_ networks: [ExplainedNetwork]) {
    guard maps.method != .occlusion,
      let network = networks.first(where: { $0.model.description.ownPrecision() == .int8 })
    else { return }
    self.network.numbers.noteFloats(
      for: network.model.description, with: "--method \(maps.method.rawValue)", in: .float32,
      because: maps.method == .gradCAM ? Precision.int8.gradientComplaint : nil,
      rest: measure ? "; the curves of --measure are computed in int8" : "")
  }

  var folder: String { output ?? "explanations" }

  /// The numbers of photos.
  struct Tally {
    let total: Int
    var done = 0
    /// Photos of ``done`` that cannot be explained.
    var failures = 0

    /// Whether all photos are done; otherwise Ctrl-C was pressed.
    var isComplete: Bool { done == total }
  }

  /// Calls a closure for each photo until Ctrl-C. Reports photos that cannot be explained.
  func forEach(
    _ photos: [FoundPhoto], _ body: (_ number: Int, FoundPhoto) throws -> Void
  ) throws -> Tally {
    let progress = ProgressLine("photos", isQuiet: quiet || photos.count == 1)
    var tally = Tally(total: photos.count)
    for (number, photo) in photos.enumerated() where Interruption.current == nil {
      do {
        try body(number, photo)
      } catch let error
        where error is ImageError || error is ExplanationError || error is CommandError
      {
        StandardError.report(error)
        if json, !measure {
          try StandardOutput.print(object: JSONObject(path: photo.path, error: error))
        }
        tally.failures += 1
      } catch is Interruption {
        break
      }
      tally.done += 1
      progress.update(tally.done, of: tally.total)
    }
    return tally
  }

  /// Returns the photos, without the sheets of earlier runs in the output folder.
  private func photos() throws -> [FoundPhoto] {
    let found = try arguments.found(json: json)
    let photos = found.filter { photo in
      guard !arguments.paths.contains(where: { $0.utf8.elementsEqual(photo.path.utf8) }),
        photo.path.firstMatch(
          of:
            /\.explained\.(.+\.)?(cam|grad-cam\.[a-z0-9_.]+|occlusion)(\.compare)?(-[0-9]+)?\.png$/)
          != nil
      else { return true }
      return !isSameFile(Folder.parent(of: photo.path), folder)
    }
    let sheets = found.count - photos.count
    if sheets > 0 {
      StandardError.note(
        "\(sheets.counted("sheet of an earlier run", "sheets of earlier runs")) left out of \(folder)"
      )
    }
    return photos.limited(to: limit)
  }

  private var comparedNames: [String]? {
    compare?.split(separator: ",", omittingEmptySubsequences: false).map { name in
      String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// Loads the networks, with the names to show.
  private func models() throws -> [(name: String, model: Model)] {
    let sources = try comparedNames?.map(source(named:)) ?? [network.source()]
    var models = try sources.map { try $0.load(isPredicting: true) }
    for index in models.indices { try labels.apply(to: &models[index]) }
    var titles = zip(sources, models).map { source, model in
      source.title ?? model.description.architecture.name
    }
    // Files in different folders may have the same name.
    if let comparedNames, Set(titles).count < titles.count { titles = comparedNames }
    var files: Set<String> = []
    for title in titles
    where !files.insert(title.split(separator: "/").joined(separator: ".")).inserted {
      throw ValidationError("--compare names \(title) twice; name different networks")
    }
    return Array(zip(titles, models))
  }

  private func source(named name: String) throws -> ModelSource {
    try ModelSource(
      network: name, resolution: network.model.resolution,
      prefersEMA: !network.file.checkpoint.noEma)
  }
}
