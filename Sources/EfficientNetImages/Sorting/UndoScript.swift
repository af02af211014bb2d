internal import EfficientNetCompute
internal import EfficientNetSystem

/// A shell script that moves sorted photos back.
///
/// Each line is on the disk before the photo is moved, so that no photo is lost after a crash. The
/// script replaces no file, and skips photos that are not at their new place.
final class UndoScript {
  private let file: WorkingFile
  /// The end of the last complete line.
  private var end: Int

  private static let header = Array(
    """
    #!/bin/sh
    # Moves the photos that 'effnet' sorted with --move back to their places: sh undo.sh
    back() {
      [ -e "$1" ] || [ -L "$1" ] || return 0
      if [ -e "$2" ] || [ -L "$2" ]; then
        echo "left in place, since $2 exists: $1" >&2
      else
        mkdir -p "${2%/*}/" && mv -n "$1" "$2"
      fi
    }

    """.utf8)

  /// Opens the script of a folder to append lines, or creates it.
  ///
  /// - Throws: `FileError`, also if another process has it open or another program wrote it.
  init(path: String) throws(FileError) {
    guard let file = try WorkingFile(path: path) else {
      throw FileError(
        path: path, reason: "another process moves photos into this folder; wait until it ends")
    }
    self.file = file
    let start = try file.read(0..<Self.header.count)
    guard Self.header.starts(with: start) else {
      throw FileError(path: path, reason: "this file is not an undo list of effnet; move it away")
    }
    end = Self.header.count
    if start.count == Self.header.count {
      // A power failure may have left a part of a line, which ended no move.
      let count = file.count
      let tail = max(end, count - Self.mostLineBytes)
      if let line = try file.read(tail..<count).lastIndex(of: UInt8(ascii: "\n")) {
        end = tail + line + 1
      }
      try file.truncate(to: end)
    } else {
      try file.write(Self.header.span.bytes, at: 0)
      try file.synchronize()
      try Folder.synchronize(path.lastIndex(of: "/").map { String(path[...$0]) } ?? ".")
    }
  }

  /// The largest length of a line: two paths of 4096 bytes, all of them quotation marks.
  private static let mostLineBytes = 1 << 16

  /// Appends the line that moves a file back, and waits until it is on the disk.
  ///
  /// - Throws: `FileError` that names the script.
  func append(from path: String, to original: String) throws(FileError) {
    let words = [path, original].map { Folder.absolute($0).shellWord }
    let line = Array("back \(words[0]) \(words[1])\n".utf8)
    do throws(FileError) {
      try file.write(line.span.bytes, at: end)
      try file.synchronize()
    } catch {
      try? file.truncate(to: end)
      throw error
    }
    end += line.count
  }
}
