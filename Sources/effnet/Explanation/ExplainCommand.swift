#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetExplanation
  import EfficientNetFormats
  import EfficientNetImages
  import FoundationEssentials

  struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "explain",
      abstract: "Show where in photos a network sees what it says.",
      discussion: """
        For each photo a PNG file: the photo with a frame around what the network sees of it, and beside it the same with \
        colours where the network finds evidence for a class. The bar's numbers are in units of the logit.

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

    @Argument(help: ArgumentHelp("Photos, or folders of them.", valueName: "path"))
    var paths: [String]
    @OptionGroup var network: NetworkOptions
    @Option(
      help: ArgumentHelp(
        "Several networks side by side, in place of --model and --weights: names or weight files with commas between them.",
        valueName: "names"))
    var compare: String?
    @OptionGroup var labels: LabelOptions
    @OptionGroup var maps: MapOptions
    @Option(
      name: .customLong("class"),
      help: ArgumentHelp(
        "A class to explain, by its name, number or WordNet identifier; may be repeated (default: the most probable one).",
        valueName: "name|number"))
    var classes: [String] = []
    @Option(parsing: .unconditional, help: "Explain so many classes, the most probable ones.")
    var top: Int?
    @OptionGroup var drawing: DrawingOptions
    @OptionGroup var decoding: DecodingArguments
    @Option(name: .shortAndLong, help: ArgumentHelp("Where the files go.", valueName: "folder"))
    var output = "explanations"
    @Flag(
      name: .customLong("maps"),
      help: "Write the maps as well: a .npy file each, (h, w), in units of the logit.")
    var writesMaps = false
    @Flag(help: "Measure how faithful the maps are, and draw nothing.") var measure = false
    @Flag(help: "Print one JSON object a photo, or with --measure one for all.") var json = false
    @Flag(help: "No progress.") var quiet = false

    func validate() throws {
      if paths.contains("") { throw ValidationError("a path is empty") }
      if output.isEmpty { throw ValidationError("--output needs a folder") }
      try NetworkOptions.check(top ?? 1, "--top", 1...24)
      if top != nil, !classes.isEmpty {
        throw ValidationError("--top and --class cannot go together")
      }
      if compare != nil, network.network.model != nil || network.file.weights != nil {
        throw ValidationError("--compare takes the place of --model and --weights")
      }
      if measure, compare != nil || writesMaps || top != nil || classes.count > 1 {
        throw ValidationError(
          "--measure takes one network and one class: no --compare, --maps, --top, and one --class")
      }
    }

    func run() throws {
      let photos = PhotoFinder.photos(at: paths)
      if !measure { try checkOutput(photos) }
      let pool = ThreadPool(threads: network.threads)
      let networks = try models().map { name, model in
        try ExplainedNetwork(
          name: name, model: model, method: maps.method(for: model.description.architecture),
          classes: classes, pool: pool, precision: network.numbers.precision)
      }
      if measure {
        let measurement = FaithfulnessRun(
          network: networks[0], photos: photos, decoding: decoding.options, json: json, quiet: quiet
        )
        return try measurement.run(pool: pool, precision: network.numbers.precision)
      }
      let run = ExplanationRun(
        networks: networks, photos: photos, decoding: decoding.options, top: top ?? 1,
        sheet: drawing.sheet, folder: output, writesMaps: writesMaps, json: json, quiet: quiet)
      try run.run()
    }

    /// Sheets must not replace photos.
    private func checkOutput(_ photos: [FoundPhoto]) throws {
      let folders = Set(
        photos.map { photo in
          photo.path.lastIndex(of: "/").map { String(photo.path[...$0]) } ?? "."
        })
      if let folder = folders.first(where: { isSameFile($0, output) }) {
        throw ValidationError(
          "--output \(output) is where photos are (\(folder)); name another folder")
      }
    }

    /// The networks and what they are called.
    private func models() throws -> [(name: String, model: Model)] {
      guard let compare else {
        var model = try network.model()
        if let classes = try labels.read(count: model.description.architecture.classes) {
          model.description.classes = classes
        }
        return [(model.description.architecture.name, model)]
      }
      let names = compare.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return try names.map { name in
        guard !name.isEmpty else {
          throw ValidationError("--compare \(compare) has an empty name in it")
        }
        var model = try Self.model(named: name, resolution: network.network.resolution)
        if let classes = try labels.read(count: model.description.architecture.classes) {
          model.description.classes = classes
        }
        return (name.split(separator: "/").last.map(String.init) ?? name, model)
      }
    }

    /// The network of a weight file, or with a name that others know.
    private static func model(named name: String, resolution: Int?) throws -> Model {
      let isFile = isSameFile(name, name)
      var options = try ModelOptions.parse(isFile ? [] : ["--model", name])
      options.resolution = resolution
      return try NetworkOptions.model(
        options, WeightOptions.parse(isFile ? ["--weights", name] : []))
    }
  }
#endif
