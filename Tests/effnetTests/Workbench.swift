import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// A folder with a user's files: networks as JSON, weight files, arrays.
final class Workbench: Sendable {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The path of a file in the folder.
  func path(_ name: String) -> String { folder.path(name) }

  /// Writes a network as `--model file.json` takes it.
  func network(_ architecture: Architecture) throws -> String {
    try folder.file("\(architecture.name).json", contents: architecture.json).path
  }

  /// Writes a weight file of ours with formula weights.
  func described(_ architecture: Architecture) throws -> String {
    let path = path("\(architecture.name).safetensors")
    try Formula.model(architecture).write(to: path)
    return path
  }

  /// Writes a safetensors file of another program: correct shapes, all elements `value`.
  func foreign(
    _ architecture: Architecture, naming: NameMap, name: String = "foreign.safetensors",
    value: Float = 0.125, _ change: (inout [String: WeightTensor]) -> Void = { _ in }
  ) throws -> String {
    var weights = Weights(source: "a test")
    for stored in naming.parameters(of: architecture) {
      weights.tensors[stored.name] = WeightTensor(
        shape: stored.shape,
        elements: Array(repeating: value, count: stored.shape.reduce(1, *)))
    }
    change(&weights.tensors)
    try weights.write(safetensors: path(name))
    return path(name)
  }

  /// Writes an array file with the formula's images as (n, c, h, w).
  func images(_ shape: Shape, name: String = "x.npy", layout: Layout = .nchw) throws -> String {
    let images = Formula.images(shape)
    let array: NumPyArray
    switch layout {
    case .nhwc:
      array = NumPyArray(shape: [shape.n, shape.h, shape.w, shape.c], elements: images.elements)
    case .nchw:
      let unit = Formula.unit("input", count: shape.count)
      array = NumPyArray(
        shape: [shape.n, shape.c, shape.h, shape.w], elements: unit.map(Float.init))
    }
    try array.write(to: path(name))
    return path(name)
  }

  enum Layout { case nchw, nhwc }

  /// Runs the command, which must succeed without any message.
  @discardableResult
  func effnet(
    _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> CommandLineTool.Output {
    let output = try run(arguments)
    #expect(
      output.status == 0 && output.hasOnlyNotes, "\(output.standardError)",
      sourceLocation: sourceLocation)
    return output
  }

  /// Runs the command and decodes the JSON that it prints.
  func json<Result: Decodable>(
    _ type: Result.Type, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Result {
    let output = try run(arguments)
    #expect(
      output.status == 0 && output.hasOnlyNotes, "\(output.standardError)",
      sourceLocation: sourceLocation)
    return try output.json(type)
  }

  /// Runs the command, which must fail with one clear line and change no file.
  func expectFailure(
    _ arguments: [String], status: Int32, _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try contents()
    let output = try run(arguments)
    #expect(output.status == status, "\(arguments)", sourceLocation: sourceLocation)
    let isJSON = arguments.contains("--json")
    #expect(
      isJSON
        ? output.standardOutput.hasPrefix("{\"error\":") : output.standardOutput.isEmpty,
      "\(arguments)", sourceLocation: sourceLocation)
    let error = output.standardError
    #expect(
      error.hasPrefix("effnet: ") && error.split(separator: "\n").count == 1, "\(error)",
      sourceLocation: sourceLocation)
    for word in words {
      #expect(error.contains(word), "\(arguments): \(error)", sourceLocation: sourceLocation)
    }
    #expect(try contents() == before, "\(arguments)", sourceLocation: sourceLocation)
  }

  /// Runs the command with any result.
  func run(_ arguments: [String]) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(arguments: arguments)
  }

  /// The files in the folder and below it, with their bytes.
  private func contents() throws -> [String: Data] {
    var result: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.url.path) {
      result[name] = FileManager.default.contents(atPath: path(name)) ?? Data()
    }
    return result
  }
}

extension Architecture {
  /// The tiny network with this name.
  static func tiny(_ name: String) throws -> Architecture {
    try #require(tiny.first { $0.name == name })
  }

  /// A framework's network with a small head, so that files stay small.
  static func small(_ name: String, classes: Int = 4) throws -> Architecture {
    var architecture = try PublishedNetwork(named: name).architecture
    architecture.classes = classes
    return architecture
  }
}
