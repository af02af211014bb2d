internal import EfficientNetCompute
internal import EfficientNetSystem

/// A shell script that moves sorted photos back, the last moved one first.
///
/// Each line is on the disk before its photo is moved, so that no photo is lost after a crash. A
/// line whose photo was not moved, or is back, is removed before the next run moves photos: another
/// photo may get the name. The script replaces no file, and removes the folders that it empties, and
/// itself when all photos are back.
final class UndoScript {
  private let path: String
  private var file: WorkingFile
  /// The ends of the last line and of the line before.
  private var end, start: Int

  private static let header = Array(
    #"""
    #!/bin/sh
    # Moves the photos that 'effnet' sorted with --move back to their places: sh undo.sh
    # It replaces no file, can run again, and removes the folders that it empties, and itself when
    # all photos are back.
    # The lines below 'exit' have the new path of a photo, a tab and its old path.
    size=$(wc -c < "$0") || exit
    awk '/^\/.*\t\// { line[++n] = $0 } END { while (n) print line[n--]; print "end" }' < "$0" | {
      left= count=0
      while IFS='\#t' read -r new old && [ "$new" != end ]; do
        new=$(printf '%b.' "$new") old=$(printf '%b.' "$old")
        new=${new%.} old=${old%.}
        [ -e "$new" ] || [ -L "$new" ] || continue
        if [ -e "$old" ] || [ -L "$old" ]; then
          printf '%s\n' "left in place, since $old exists: $new" >&2
        elif mkdir -p "${old%/*}/" && mv -n "$new" "$old" && ! [ -e "$new" ]; then
          count=$((count + 1))
          rmdir "${new%/*}" 2>/dev/null
          continue
        fi
        left=1
      done
      [ "$count" -eq 1 ] && noun=photo || noun=photos
      echo "$count $noun moved back"
      [ "$new" = end ] && [ -z "$left" ] || exit 1
      [ "$size" -eq "$(wc -c < "$0")" ] && exec rm -f -- "$0"
      echo "effnet moved other photos meanwhile; run this script again" >&2
      exit 1
    }
    exit

    """#.utf8)

  /// Opens the script of a folder to append lines, or creates it.
  ///
  /// - Throws: `FileError`, also if another process has it open or another program wrote it.
  init(path: String) throws(FileError) {
    self.path = path
    (file, end) = try Self.open(path)
    start = end
  }

  private static func open(_ path: String) throws(FileError) -> (WorkingFile, end: Int) {
    let file = try locked(path)
    let bytes = try file.read(0..<file.count)
    guard header.starts(with: bytes.prefix(header.count)) else {
      throw FileError(path: path, reason: "this file is not an undo list of effnet; move it away")
    }
    let contents = header + liveLines(bytes.dropFirst(header.count))
    if bytes == contents { return (file, contents.count) }
    try OutputFile.write(contents, to: path)
    return (try locked(path), contents.count)
  }

  private static func locked(_ path: String) throws(FileError) -> WorkingFile {
    guard let file = try WorkingFile(path: path), file.isAtPath else {
      throw FileError(
        path: path, reason: "another process moves photos into this folder; wait until it ends")
    }
    return file
  }

  /// Returns the complete lines whose photos are at their new places. A power failure may have left
  /// a part of a line, which moved no photo.
  private static func liveLines(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let newline = UInt8(ascii: "\n")
    let complete = bytes.lastIndex(of: newline).map { bytes[...$0] } ?? []
    return complete.split(separator: newline).filter { line in
      guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { return false }
      return FileStatus(unescaped(line[..<tab]), followsLinks: false) != nil
    }.flatMap { $0 + [newline] }
  }

  /// Appends the line that moves a file back, and waits until it is on the disk.
  ///
  /// - Throws: `FileError` that names the script.
  func append(from path: String, to original: String) throws(FileError) {
    let line =
      Self.escaped(Folder.absolute(path)) + [UInt8(ascii: "\t")]
      + Self.escaped(Folder.absolute(original)) + [UInt8(ascii: "\n")]
    try append(line)
    if file.isAtPath { return }
    // The script ran meanwhile, and removed itself.
    (file, end) = try Self.open(self.path)
    try append(line)
  }

  private func append(_ line: [UInt8]) throws(FileError) {
    start = end
    do throws(FileError) {
      try file.write(line.span.bytes, at: end)
      try file.synchronize()
    } catch {
      try? file.truncate(to: end)
      throw error
    }
    end += line.count
  }

  /// Removes the last line, whose photo was not moved.
  func removeLast() {
    end = start
    // If this fails, the next run removes the line.
    try? file.truncate(to: end)
  }

  /// The bytes that the escapes of `printf %b` stand for in a line, by their letters.
  private static let escapes = [
    UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "t"): UInt8(ascii: "\t"),
    UInt8(ascii: "n"): UInt8(ascii: "\n"),
  ]

  private static func escaped(_ path: String) -> [UInt8] {
    path.utf8.flatMap { byte in
      escapes.first { $0.value == byte }.map { [UInt8(ascii: "\\"), $0.key] } ?? [byte]
    }
  }

  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    var path: [UInt8] = []
    var isEscape = false
    for byte in bytes {
      if isEscape {
        path.append(escapes[byte] ?? byte)
        isEscape = false
      } else if byte == UInt8(ascii: "\\") {
        isEscape = true
      } else {
        path.append(byte)
      }
    }
    return String(decoding: path, as: UTF8.self)
  }
}
