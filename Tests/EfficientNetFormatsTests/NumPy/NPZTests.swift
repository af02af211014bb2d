import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// Files of NumPy 2.4.6 (Tools/reference/make_npy.py), and files of our own.
@Suite(".npz files")
struct NPZTests {
  @Test("NumPy's files are read", arguments: ["stored.npz", "deflated.npz"])
  func reads(name: String) throws {
    let weights = try Weights(npz: Fixture.path("numpy/\(name)"))
    #expect(weights.names == ["conv.weight", "norm.double", "norm.half"])
    #expect(weights.tensors["conv.weight"]?.shape == [2, 3, 1, 1])
    #expect(weights.tensors["conv.weight"]?.elements == [-2, -1.75, -1.5, -1.25, -1, -0.75])
    #expect(weights.tensors["norm.half"]?.elements == [1, 1.25, 1.5])
    #expect(weights.tensors["norm.double"]?.elements == [2, 2.25, 2.5])
  }

  @Test("weights are read as they were written, and written files are bit-identical")
  func roundTrip() throws {
    var weights = Formula.weights(of: Architecture.tiny[0])
    weights.tensors["scalar"] = WeightTensor(shape: [], elements: [3])
    weights.tensors["empty"] = WeightTensor(shape: [0, 3], elements: [])
    weights.tensors["größe/../x"] = WeightTensor(shape: [1], elements: [4])
    try withTemporaryFolder { folder in
      let path = folder + "/weights.npz"
      try weights.write(npz: path)
      let read = try Weights(npz: path)
      #expect(read.names == weights.names)
      for name in weights.names {
        #expect(read.tensors[name]?.shape == weights.tensors[name]?.shape)
        #expect(read.tensors[name]?.elements == weights.tensors[name]?.elements)
      }
      try weights.write(npz: folder + "/again.npz")
      #expect(FileManager.default.contentsEqual(atPath: path, andPath: folder + "/again.npz"))
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(files == ["again.npz", "weights.npz"])
    }
  }

  @Test("a file is replaced only by a complete one")
  func replaces() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/weights.npz"
      try "before".write(toFile: path, atomically: false, encoding: .utf8)
      var weights = Weights(
        source: "a test", tensors: ["a\u{0}b": WeightTensor(shape: [1], elements: [1])])
      #expect(
        throws: WeightsError.unsupported(
          source: path, reason: "cannot have a tensor named 'a\u{0}b'")
      ) { try weights.write(npz: path) }
      let kept = try String(contentsOfFile: path, encoding: .utf8)
      #expect(kept == "before")
      weights.tensors = [:]
      try weights.write(npz: path)
      let read = try Weights(npz: path)
      #expect(read.names == [])
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files == ["weights.npz"])
    }
  }

  @Test("writing to a pipe is refused")
  func refusesStreams() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/pipe"
      try #require(mkfifo(path, 0o600) == 0)
      // A reader lets the pipe be opened for writing without waiting.
      let reader = open(path, O_RDONLY | O_NONBLOCK)
      defer { close(reader) }
      let weights = Weights(source: "a test")
      #expect(
        throws: WeightsError.unsupported(
          source: path, reason: "is not a regular file; write the zip archive to another path")
      ) { try weights.write(npz: path) }
      #expect(throws: WeightsError.file(FileError(path: "/none/x.npz", code: ENOENT))) {
        try weights.write(npz: "/none/x.npz")
      }
    }
  }

  /// The process's limit on file sizes stands for a full disk.
  @Test("a full disk is an error and leaves no file")
  func fullDisk() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 10_000, rlim_max: 10_000)
      guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else {
        exit(2)
      }
      try withTemporaryFolder { folder in
        let weights = Formula.weights(of: Architecture.tiny[0])
        let path = folder + "/weights.npz"
        do throws(WeightsError) {
          try weights.write(npz: path)
          exit(3)
        } catch {
          guard error == .file(FileError(path: path, code: EFBIG)) else { exit(4) }
        }
        guard try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty else { exit(5) }
      }
    }
  }

  /// The description of the error of reading.
  private func message(_ bytes: [UInt8]) -> String {
    do {
      return "read: \(try Weights(npz: bytes, source: "x.npz").names)"
    } catch {
      return error.description
    }
  }

  @Test("files with entries other than arrays of weights are refused")
  func refuses() throws {
    #expect(
      message(try Fixture.bytes("numpy/integers.npz"))
        == "x.npz ('mask.npy') has the dtype i8; weights must be f2, f4 or f8")
    #expect(
      message(try Fixture.bytes("plain.zip.pth"))
        == "x.npz has an entry 'plain.zip/data.pkl'; a .npz file must contain only .npy files")
    #expect(
      message(try Fixture.bytes("numpy/matrix.npy")).hasPrefix(
        "x.npz is damaged: not a readable zip archive ("))
  }

  @Test("more dimensions than NumPy supports are refused when writing")
  func dimensions() throws {
    let shape = Array(repeating: 1, count: 30_000)
    let weights = Weights(
      source: "a test", tensors: ["a": WeightTensor(shape: shape, elements: [1])])
    let array = NumPyArray(shape: shape, elements: [1])
    try withTemporaryFolder { folder in
      let errors = [
        #expect(throws: WeightsError.self) { try weights.write(npz: folder + "/x.npz") },
        #expect(throws: WeightsError.self) { try array.write(to: folder + "/x.npy") },
      ]
      for error in errors {
        #expect(error?.description.contains("30000 dimensions; NumPy has up to 64") == true)
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files.isEmpty)
    }
  }

  @Test("a repeated entry is refused")
  func twice() throws {
    // The names have the same length, so that one can replace the other in place.
    let weights = Weights(
      source: "a test",
      tensors: ["a": .init(shape: [1], elements: [1]), "b": .init(shape: [1], elements: [2])])
    try withTemporaryFolder { folder in
      try weights.write(npz: folder + "/x.npz")
      var bytes = Array(try Data(contentsOf: URL(filePath: folder + "/x.npz")))
      let name = Array("b.npy".utf8)
      for index in 0..<(bytes.count - name.count)
      where Array(bytes[index..<(index + name.count)]) == name {
        bytes[index] = UInt8(ascii: "a")
      }
      #expect(message(bytes) == "x.npz is damaged: it has two entries 'a.npy'")
    }
  }
}
