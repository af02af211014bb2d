import ArgumentParser
import EfficientNet
import EfficientNetFormats

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a network on arrays: raw tensors in, logits out.",
    discussion: """
      The input is a NumPy array of four axes, already normalised as the network wants it; nothing is resized, \
      cropped or scaled. Its size may differ from the network's own resolution. --activations writes the outputs \
      of the stem, every stage, the head and the pooling, for comparison with another framework.

      Examples:
        effnet run --model b0 --weights b0.safetensors --input x.npy --output y.npy
        effnet run --model lite0 --input x.npy --output y.npy --layout nhwc --activations stages/
      """)

  @OptionGroup var network: NetworkOptions
  @OptionGroup var scale: ScaleOptions
  @Option(help: "The images: float array of four axes.", value: "file.npy") var input: String
  @Option(help: "Where the logits go: (images, classes).", value: "file.npy") var output: String
  @Option(help: "The order of the axes of the input, and of the activations.")
  var layout = ArrayLayout.nchw
  @Option(help: "A folder for the outputs of the stages.", value: "folder") var activations: String?
  @Flag(help: "Print one JSON object: model, input, output, images, classes.") var json = false

  func run() throws {
    let source = try network.source(scale)
    let inputs = [input] + source.files
    try check(output, "--output", replacesNoneOf: inputs)
    Interruption.endAtOnce()
    let images = try NumPyArray(contentsOf: input)
    let shape = try imageShape(images)
    let model = try load(source, for: shape)
    let architecture = model.description.architecture
    let engine = try Engine(
      architecture, weights: model.weights, precision: network.precision,
      outputs: activations == nil ? nil : architecture.stageNames)
    // Opened before the network runs: a place that cannot be written to is known at once.
    var file = try OutputFile(path: output)
    if let activations {
      try checkFolder(activations, for: architecture, images: shape.n, inputs: inputs)
      try Folder.make(activations)
    }
    let batch = min(shape.n, max(1, Self.memory / engine.bytesPerImage), 8)
    var session = engine.makeSession(
      pool: network.processors.pool(), maximumBatch: batch)
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
    if let activations { try write(observed, images: shape.n, to: activations) }
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

  /// What feature maps may take: larger networks run fewer images at once.
  private static let memory = 512 << 20

  private func imageShape(_ images: NumPyArray) throws -> Shape {
    let extents = images.shape
    guard extents.count == 4 else {
      throw wrong(
        "has \(extents.count) axes; images have four: (n, c, h, w), or (n, h, w, c) with --layout nhwc"
      )
    }
    let shape =
      switch layout {
      case .nchw: Shape(n: extents[0], h: extents[2], w: extents[3], c: extents[1])
      case .nhwc: Shape(n: extents[0], h: extents[1], w: extents[2], c: extents[3])
      }
    guard extents.allSatisfy({ $0 > 0 }) else { throw wrong("has no images in it") }
    guard shape.h == shape.w else {
      throw wrong(
        "has images of \(shape.h)×\(shape.w) with \(shape.c) channels as \(layout.rawValue); "
          + "they must be square: is --layout right?")
    }
    // ReLU would turn NaN into zero, and the logits would look like an answer.
    if let index = images.elements.firstIndex(where: { !$0.isFinite }) {
      throw wrong("has \(images.elements[index]) as its element \(index); all must be finite")
    }
    return shape
  }

  /// The network at the input's resolution.
  private func load(_ source: ModelSource, for shape: Shape) throws -> Model {
    if let resolution = source.resolution, resolution != shape.h {
      throw ValidationError(
        "--resolution is \(resolution), the images are \(shape.h) pixels wide")
    }
    let model = try source.load().withResolution(shape.h)
    let architecture = model.description.architecture
    guard architecture.inputChannels == shape.c else {
      throw wrong(
        "has \(shape.c) channels as \(layout.rawValue), \(architecture.name) takes "
          + "\(architecture.inputChannels): is --layout right?")
    }
    return model
  }

  private func wrong(_ reason: String) -> WeightsError {
    .unsupported(source: input, reason: reason)
  }

  /// What stands in the way of writing the outputs of the stages to a folder.
  private func checkFolder(
    _ folder: String, for architecture: Architecture, images: Int, inputs: [String]
  ) throws {
    guard images <= 64 else {
      throw ValidationError(
        "--activations keeps every stage of \(images) images in memory; give it 64 at most")
    }
    let names = architecture.stageNames.map { "\($0).npy" }
    for name in names {
      if let input = inputs.first(where: { isSameFile("\(folder)/\(name)", $0) }) {
        throw ValidationError("--activations \(folder) would replace \(input), which is read")
      }
    }
    let outputFolder = output.lastIndex(of: "/").map { String(output[...$0]) } ?? "."
    let outputName = output.split(separator: "/").last.map(String.init) ?? ""
    if names.contains(outputName), isSameFile(outputFolder, folder) {
      throw ValidationError("--activations \(folder) would replace --output \(output)")
    }
  }

  /// Writes the outputs of the stages, those of all batches together.
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
