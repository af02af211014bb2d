import EfficientNet
import EfficientNetFeatures
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("effnet embed")
struct EmbedTests: FeatureSuite {
  let bench: Workbench
  let weights: String

  init() throws { (bench, weights) = try Self.fixture() }

  @Test("embed writes every format, identical for any threads and batch")
  func embed() throws {
    let photos = bench.path("photos")
    let output = try bench.effnet(
      "embed", photos, "-o", bench.path("x.npz"), "--weights", weights, "--quiet")
    #expect(
      output.standardOutput == "\(bench.path("x.npz")): 3×50 global_pool of tiny-silu.safetensors\n"
    )
    let table = try FeatureTable(contentsOf: bench.path("x.npz"))
    #expect(Array(table.names) == ["a.png", "b.png", "sub/c.png"].map { "\(photos)/\($0)" })
    #expect(table.description?.model == "tiny-silu.safetensors")
    #expect(table.description?.weightFile == weights)
    let first = try Data(contentsOf: URL(filePath: bench.path("x.npz")))
    try bench.effnet(
      "embed", photos, "-o", bench.path("x.npz"), "--weights", weights, "--quiet", "--threads",
      "3", "--batch", "2")
    #expect(try Data(contentsOf: URL(filePath: bench.path("x.npz"))) == first)
    for name in ["x.npy", "x.csv", "x.safetensors"] {
      try bench.effnet("embed", photos, "-o", bench.path(name), "--weights", weights, "--quiet")
    }
    #expect(try FeatureTable(contentsOf: bench.path("x.npy")).rows[2] == table.rows[2])
    let csv = try bench.folder.text("x.csv")
    #expect(csv.split(separator: "\n").count == 4)
    #expect(csv.contains("/sub/c.png,\(table.rows[2][0]),"))
    #expect(try !bench.folder.names.contains { $0.hasSuffix(".partial") })
  }

  private struct Embedded: Decodable {
    struct Failure: Decodable {
      let path: String
      let error: String
    }
    let output: String
    let model, network: String
    let stage: String
    let photos: Int
    let features: Int
    let normalized: Bool
    let failed: [Failure]
  }

  @Test("embed takes a stage, normalizes, stores 16 bits, and reports them as JSON")
  func stage() throws {
    let path = bench.path("x.safetensors")
    let result = try bench.json(
      Embedded.self, "embed", bench.path("photos"), "-o", path, "--weights", weights, "--stage",
      "blocks.2", "--normalize", "--store", "bf16", "--json", "--quiet")
    #expect(result.stage == "blocks.2" && result.features == 20 && result.photos == 3)
    #expect(result.normalized && result.failed.isEmpty && result.output == path)
    #expect(result.model == "tiny-silu.safetensors" && result.network == "tiny-silu")
    let row = try FeatureTable(contentsOf: path).rows[0]
    #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 0.01)
  }

  @Test(
    "embed leaves out a bad photo, and resumes after a killed run",
    .disabled(if: Sanitizer.isActive, "it limits the sizes of files"))
  func partial() throws {
    try "no picture".write(toFile: bench.path("photos/b.png"), atomically: true, encoding: .utf8)
    let output = try run(
      "embed", bench.path("photos"), "-o", bench.path("x.npz"), "--weights", weights, "--json")
    #expect(output.status == 1)
    #expect(output.standardError.contains("b.png is not a JPEG, PNG or WebP picture\n"))
    let result = try output.json(Embedded.self)
    #expect(result.photos == 2 && result.failed.map(\.path) == ["\(bench.path("photos"))/b.png"])
    // The limit on file sizes stops this run while it writes the output, after it has computed all
    // rows.
    let tool = CommandLineTool.buildFolder.appending(path: "effnet").path
    let killed = try CommandLineTool.run(
      URL(filePath: "/bin/sh"),
      [
        "-c", "ulimit -f 2; exec \"$@\"", "sh", tool, "embed", bench.path("photos/a.png"),
        bench.path("photos/sub"), "-o", bench.path("big.csv"), "--weights", weights,
        "--stage", "conv_head",
      ])
    #expect(killed.status == 1 && killed.standardError.contains("File too large"))
    #expect(try bench.folder.names.contains("big.csv.partial"))
    let resumed = try run(
      "embed", bench.path("photos/a.png"), bench.path("photos/sub"), "-o", bench.path("big.csv"),
      "--weights", weights, "--stage", "conv_head")
    #expect(resumed.status == 0)
    #expect(resumed.standardError.hasPrefix("continuing with 2 of 2 rows from "))
    #expect(try bench.folder.names.contains("big.csv"))
  }

  @Test("embed refuses unwritable outputs and unknown stages, and leaves no files behind")
  func embedErrors() throws {
    let photos = bench.path("photos")
    try bench.expectFailure(["embed", photos], status: 2, "--output")
    try bench.expectFailure(
      ["embed", photos, "-o", "x.txt", "--weights", weights], status: 2, ".npz, .npy, .csv")
    try bench.expectFailure(
      ["embed", photos, "-o", bench.path("x.npz"), "--store", "bf16", "--weights", weights],
      status: 2, ".safetensors")
    try bench.expectFailure(
      ["embed", photos, "-o", bench.path("x.safetensors"), "--store", "fp16"], status: 2,
      "'fp32' and 'bf16'")
    try bench.expectFailure(
      ["embed", photos, "-o", bench.path("x.npz"), "--stage", "blocks.9", "--weights", weights],
      status: 2, "has no stage 'blocks.9'")
    try bench.expectFailure(
      ["embed", photos, "-o", "/nonexistent/x.npz", "--weights", weights], status: 1,
      "/nonexistent/x.npz")
    try bench.expectFailure(
      ["embed", photos, "-o", weights, "--weights", weights], status: 2, "would replace")
    let empty = try TemporaryFolder()
    let output = try run("embed", empty.url.path, "-o", bench.path("y.npz"), "--weights", weights)
    #expect(output.status == 1 && output.standardError.contains("no photo has features"))
    #expect(try !bench.folder.names.contains { $0.hasPrefix("y.npz") })
  }
}
