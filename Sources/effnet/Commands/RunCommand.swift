import ArgumentParser
import EfficientNet
import EfficientNetFormats

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a network on a NumPy array and write the logits.",
    discussion: """
      The input is an array of four axes, normalized as the network expects it; it is not \
      resized, cropped or scaled. Its size may differ from the network's own resolution. \
      --activations also writes the outputs of the stem, each stage, the head and the pooling, \
      for example to compare them with another framework's. Logits that are not finite numbers are \
      an error; the outputs of the stages are still written.

      Without --model, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet run x.npy y.npy --model b0.safetensors
        effnet run x.npy y.npy --layout nhwc --activations stages/
      """)

  @Argument(
    help: ArgumentHelp("The images: a float array of four axes.", valueName: "input.npy"))
  var inputArgument: String?
  @Argument(
    help: ArgumentHelp("The logits to write: (images, classes).", valueName: "output.npy"))
  var outputArgument: String?
  @Option(name: .customLong("input"), help: ArgumentHelp("The images.", visibility: .hidden))
  var inputOption: String?
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The logits to write.", visibility: .hidden))
  var outputOption: String?
  @Option(help: "Order of the axes of the input and of the activations.")
  var layout = ArrayLayout.nchw
  @Option(help: "Write the outputs of the stages to this folder.", value: "folder")
  var activations: String?
  @Flag(help: "Print one JSON object: model, input, output, images and classes.") var json = false
  @OptionGroup var network: NetworkOptions
  @OptionGroup var scale: ScaleOptions

  /// The arguments in order; the options take the places of their arguments.
  private var files: [String] {
    [inputOption, inputArgument, outputOption, outputArgument].compactMap(\.self)
  }
  private var input: String { files[0] }
  private var output: String { files[1] }

  func validate() throws {
    guard files.count == 2 else {
      throw ValidationError("name two files: the input and the output, such as x.npy y.npy")
    }
    guard output.lowercased().hasSuffix(".npy") else {
      throw ValidationError("the output is \(output); it must end in .npy")
    }
  }

  func run() throws {
    let source = try network.source(scale)
    let inputs = [input] + source.files
    try check(output, "the output", replacesNoneOf: inputs)
    Interruption.endAtOnce(saying: Interruption.noUnfinishedFiles)
    let images = try NumPyArray(contentsOf: input)
    let shape = try imageShape(images)
    let model = try load(source, for: shape)
    let architecture = model.description.architecture
    let engine = try Engine(
      model, precision: network.numbers.announced(),
      outputs: activations == nil ? nil : architecture.stageNames)
    network.numbers.noteFloats(
      for: model.description, with: "--activations", in: engine.precision)
    // Open the output before the network runs, so that an unwritable path fails early.
    var file = try OutputFile(path: output)
    if let activations {
      try checkFolder(activations, for: architecture, images: shape.n, inputs: inputs)
      try Folder.make(activations)
    }
    let batch = min(shape.n, max(1, Self.memory / engine.bytesPerImage), 8)
    var session = engine.makeSession(pool: network.processors.pool(), maximumBatch: batch)
    var logits: [Float] = []
    var observed: [[StageOutput]] = []
    for start in stride(from: 0, to: shape.n, by: batch) {
      let tensor = layout.tensor(images, shape: shape, range: start..<min(start + batch, shape.n))
      if activations == nil {
        logits += session.run(tensor).elements
      } else {
        observed.append(session.outputs(tensor))
        logits += observed.last?.last?.value.elements ?? []
      }
    }
    let classes = architecture.classes
    // These files are written in any case: they show which stage overflows.
    if let activations { try write(observed, images: shape.n, to: activations) }
    guard logits.allSatisfy(\.isFinite) else {
      throw NetworkOverflow(engine.precision).naming(photo: input, network: model.weights.source)
    }
    try NumPyArray(shape: [shape.n, classes], elements: logits).write(to: &file)
    try file.commit()
    let name = architecture.name
    if json {
      try StandardOutput.print(object: [
        "model": name, "input": input, "output": output, "images": shape.n, "classes": classes,
      ])
    } else {
      try StandardOutput.print("\(output.oneLine): \(shape.n)×\(classes) logits of \(name)")
    }
  }

  /// Memory for activations, in bytes. Larger networks run fewer images at once.
  private static let memory = 512 << 20

  private func imageShape(_ images: NumPyArray) throws -> Shape {
    let extents = images.shape
    guard extents.count == 4 else {
      throw wrong(
        "has \(extents.count) axes; it must have four: (n, c, h, w), or (n, h, w, c) with --layout nhwc"
      )
    }
    let shape =
      switch layout {
      case .nchw: Shape(n: extents[0], h: extents[2], w: extents[3], c: extents[1])
      case .nhwc: Shape(n: extents[0], h: extents[1], w: extents[2], c: extents[3])
      }
    guard extents.allSatisfy({ $0 > 0 }) else { throw wrong("contains no images") }
    guard shape.h == shape.w else {
      throw wrong(
        "has images of \(shape.h)×\(shape.w) with \(shape.c) channels as \(layout.rawValue); "
          + "they must be square: is --layout right?")
    }
    // ReLU would turn NaN into zero, and the logits would look valid.
    if let index = images.elements.firstIndex(where: { !$0.isFinite }) {
      throw wrong("has \(images.elements[index]) at element \(index); all elements must be finite")
    }
    return shape
  }

  /// Loads the network at the input's resolution.
  private func load(_ source: ModelSource, for shape: Shape) throws -> Model {
    if let resolution = source.resolution, resolution != shape.h {
      throw ValidationError(
        "--resolution is \(resolution), but the images are \(shape.h) pixels wide")
    }
    let loaded = try source.load()
    let model = try loaded.withResolution(shape.h)
    if loaded.description.quantization != nil, model.description.quantization == nil {
      StandardError.note(
        "the network is rounded to int8 for another size than \(shape.h) pixels, so it is computed "
          + "in floats")
    }
    let architecture = model.description.architecture
    guard architecture.inputChannels == shape.c else {
      throw wrong(
        "has \(shape.c) channels as \(layout.rawValue), but \(architecture.name) takes "
          + "\(architecture.inputChannels): is --layout right?")
    }
    return model
  }

  private func wrong(_ reason: String) -> WeightsError {
    .unsupported(source: input, reason: reason)
  }

  /// Checks that the stages' outputs fit in memory, and that their files replace neither an input
  /// nor the file of `--output`.
  private func checkFolder(
    _ folder: String, for architecture: Architecture, images: Int, inputs: [String]
  ) throws {
    guard images <= 64 else {
      throw ValidationError(
        "--activations takes at most 64 images, since it keeps every stage in memory; the input has \(images)"
      )
    }
    let names = architecture.stageNames.map { "\($0).npy" }
    for name in names {
      if let input = inputs.first(where: { isSameFile("\(folder)/\(name)", $0) }) {
        throw ValidationError(
          "--activations \(folder) would replace the input \(input); name another folder")
      }
    }
    if names.contains(Folder.name(of: output)), isSameFile(Folder.parent(of: output), folder) {
      throw ValidationError(
        "--activations \(folder) would replace the output \(output); name another folder")
    }
  }

  private func write(_ batches: [[StageOutput]], images: Int, to folder: String) throws {
    for (stage, output) in batches[0].enumerated() {
      var shape = output.value.shape
      shape.n = images
      let elements = batches.flatMap { $0[stage].value.elements }
      try layout.array(Tensor(shape: shape, elements: elements))
        .write(to: "\(folder)/\(output.name).npy")
    }
  }
}

extension ArrayLayout: ExpressibleByArgument {}
