import ArgumentParser
import EfficientNet
import EfficientNetExplanation
import EfficientNetImages
import EfficientNetReports

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show where in photos a network sees what it says.",
    discussion: """
      For each photo a PNG file, PHOTO.explained.cam.png: the photo with a frame around what the network sees of it, and beside it \
      the same with colours where the network finds evidence for a class. The bar's numbers are in units of the logit.

      cam is the class activation map, for the last feature map only; grad-cam works for any stage, by the gradient of \
      the logit; occlusion covers the photo patch by patch and sees how far the logit falls.

      --measure draws nothing. It takes the pixels that a map finds important away from the photos, or gives them to \
      blurred ones, and prints how the class's probability goes down or up, beside a map by chance and one of the middle.

      Examples:
        effnet explain cat.jpg
        effnet explain cat.jpg --class tabby --class 'tiger cat' --maps
        effnet explain photos/ --method grad-cam --stage blocks.4 --output maps/
        effnet explain cat.jpg --compare lite0,lite1,lite2
        effnet explain photos/ --measure
      """)

  @OptionGroup var arguments: PhotoArguments
  @OptionGroup var network: NetworkOptions
  @Option(
    help: """
      Several networks side by side, in place of --model and --weights: names or weight files with commas between them. \
      Without --class they are asked about what the first one finds most probable.
      """, value: "names")
  var compare: String?
  @OptionGroup var labels: LabelOptions
  @OptionGroup var maps: MapOptions
  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "A class to explain, by its name, number or WordNet identifier; may be repeated (default: the most probable one).",
      valueName: "name|number"))
  var classes: [String] = []
  @Option(number: "Explain so many classes, the most probable ones.") var top: Int?
  @OptionGroup var drawing: DrawingOptions
  @OptionGroup var decoding: DecodingArguments
  @Option(
    name: .shortAndLong, help: "Where the files go (default: explanations).", value: "folder")
  var output: String?
  @Flag(
    name: .customLong("maps"),
    help: "Write the maps as well, PHOTO.explained.cam.CLASS.npy: (h, w), in units of the logit.")
  var writesMaps = false
  @Flag(help: "Measure how faithful the maps are, and draw nothing.") var measure = false
  @Flag(
    help: """
      Print one JSON object a photo: path, sheet and explanations (model, method, index, label, probability, logit, \
      region and peak in the photo's pixels, map), or path and error; with --measure one object for all.
      """)
  var json = false
  @Flag(help: "No progress.") var quiet = false

  func validate() throws {
    if output == "" { throw ValidationError("--output needs a folder") }
    if classes.contains("") { throw ValidationError("--class needs a name or a number") }
    try check(top, "--top", 1...24)
    if top != nil, !classes.isEmpty {
      throw ValidationError("--top and --class cannot go together")
    }
    if compare != nil, network.model.model != nil || network.file.weights != nil {
      throw ValidationError("--compare takes the place of --model and --weights")
    }
    for name in comparedNames ?? [] where name.isEmpty || name.hasPrefix("-") {
      throw ValidationError(
        "--compare \(compare ?? ""): '\(name)' is no network; give names with commas between them")
    }
    if measure, compare != nil || writesMaps || top != nil || classes.count > 1 {
      throw ValidationError(
        "--measure takes one network and one class: no --compare, --maps, --top, and one --class")
    }
    if measure, drawing.isGiven || output != nil {
      throw ValidationError(
        "--measure draws nothing: leave out --size, --colors, --opacity and --output")
    }
    let panels = max(classes.count, top ?? 1) * (comparedNames?.count ?? 1)
    let most = drawing.sheet.mostPanels
    guard panels <= most else {
      throw ValidationError(
        "\(panels) pictures of \(drawing.sheet.size) pixels are too many for a sheet, which holds \(most) of them; "
          + "lower --size or ask for fewer classes")
    }
  }

  func run() throws {
    let pool = network.processors.pool()
    let networks = try models().map { name, model in
      try ExplainedNetwork(
        name: name, model: model, method: maps.method(for: model.description.architecture),
        pool: pool, precision: network.precision)
    }
    let indices = try classes.map { try networks[0].index(ofClass: $0) }
    let failures: Int
    if measure {
      failures = try measureMaps(
        of: networks[0], index: indices.first, arguments.found(), pool: pool)
    } else {
      try checkClasses(indices, of: networks)
      let sheets = ExplanationSheets(
        command: self, networks: networks, photos: try photos(), classes: indices)
      failures = try sheets.write()
    }
    try Interruption.check()
    if failures > 0 { throw ExitCode.failure }
  }

  var folder: String { output ?? "explanations" }

  /// Does something with each photo until Ctrl-C, and reports those that cannot be explained; returns how many.
  func forEach(
    _ photos: [FoundPhoto], _ body: (_ number: Int, FoundPhoto) throws -> Void
  ) throws -> Int {
    let progress = ProgressLine("photos", isQuiet: quiet || photos.count == 1)
    var failures = 0
    for (number, photo) in photos.enumerated() where Interruption.current == nil {
      do {
        try body(number, photo)
      } catch let error where error is ImageError || error is ExplanationError {
        StandardError.report(error)
        if json, !measure {
          try StandardOutput.print(json: ["path": photo.path, "error": "\(error)"])
        }
        failures += 1
      }
      progress.update(number + 1, of: photos.count)
    }
    return failures
  }

  /// The photos, without sheets of former runs that were found in the output folder.
  private func photos() throws -> [FoundPhoto] {
    let found = try arguments.found()
    let photos = found.filter { photo in
      guard !arguments.paths.contains(where: { $0.utf8.elementsEqual(photo.path.utf8) }),
        let slash = photo.path.lastIndex(of: "/"),
        photo.path.firstMatch(of: /\.explained\.(cam|grad-cam\.[a-z0-9_.]+|occlusion)\.png$/)
          != nil
      else { return true }
      return !isSameFile(String(photo.path[...slash]), folder)
    }
    let sheets = found.count - photos.count
    if sheets > 0 {
      StandardError.note(
        "\(sheets.counted("sheet of a former run", "sheets of former runs")) left out of \(folder)"
      )
    }
    return photos
  }

  /// All networks must know the classes that any is asked about, before the first photo is read.
  private func checkClasses(_ indices: [Int], of networks: [ExplainedNetwork]) throws {
    for other in networks.dropFirst() where other.labels != networks[0].labels {
      guard !indices.isEmpty else {
        throw ValidationError(
          "\(networks[0].name) and \(other.name) have different classes; name one that both have with --class"
        )
      }
      for index in indices { _ = try other.index(of: index, in: networks[0]) }
    }
  }

  private var comparedNames: [String]? {
    compare?.split(separator: ",", omittingEmptySubsequences: false).map { name in
      String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// The networks and what they are called.
  private func models() throws -> [(name: String, model: Model)] {
    var models: [(name: String, model: Model)]
    if let names = comparedNames {
      var titles = names.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
      // Two files may have one name.
      if Set(titles).count < names.count { titles = names }
      models = try zip(titles, names).map { ($0, try source(named: $1).load()) }
    } else {
      let model = try network.source().load()
      models = [(model.description.architecture.name, model)]
    }
    for index in models.indices { try labels.apply(to: &models[index].model) }
    return models
  }

  /// A weight file, or a network by its name.
  private func source(named name: String) throws -> ModelSource {
    let endings = [".safetensors", ".pth", ".pt", ".bin", ".h5", ".keras", ".npz"]
    let isFile = endings.contains { name.lowercased().hasSuffix($0) }
    var source = try network.source()
    if isFile { source.weights = name } else { source.name = name }
    return source
  }
}
