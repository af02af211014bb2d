internal import EfficientNetCompute
internal import EfficientNetSystem

/// A shell script that moves sorted photos back, the last moved one first.
///
/// Each line is on the disk before its photo is moved, so that no photo is lost after a crash. A
/// line whose photo was not moved, or is back, is removed before the next run moves photos: another
/// photo may get the name. A line whose photo is at neither place stays, and no other photo gets its
/// name. The script replaces no file, and removes the folders that it empties, and itself when all
/// photos are back. It also works after its folder was moved or renamed: it looks for each photo
/// first in the folder where the script is, since another folder may have the old name.
final class UndoScript {
  private let path: String
  private var file: WorkingFile
  /// The ends of the last line and of the line before.
  private var end, start: Int
  /// The new places of photos that are at neither place, as another program moved them.
  private var lost: Set<ExactText>

  /// The beginning of the scripts of all versions.
  private static let beginning = Array("#!/bin/sh\n# Moves the photos that 'effnet' sorted".utf8)

  private static let header = Array(
    #"""
    #!/bin/sh
    # Moves the photos that 'effnet' sorted with --move back to their places: sh undo.sh
    # It replaces no file, can run again, and removes the folders that it empties, and itself when
    # all photos are back. A photo that you moved or deleted since is reported, and its line stays.
    # The lines below 'exit' have the new path of a photo, a tab and its old path.
    size=$(wc -c < "$0") || exit
    case $0 in */*) here=${0%/*}/ ;; *) here=./ ;; esac
    # The dot keeps a line break at the end of the path.
    here=$(CDPATH= cd -- "$here" && pwd -P && printf .) || exit
    here=${here%??}
    awk '/^\/.*\t\// { line[++n] = $0 } END { while (n) print line[n--]; print "end" }' < "$0" | {
      left= lost= count=0
      while IFS='\#t' read -r new old && [ "$new" != end ]; do
        new=$(printf '%b.' "$new") old=$(printf '%b.' "$old")
        new=${new%.} old=${old%.}
        # This folder may have another name than before, and another folder may have its old name.
        moved=$here${new#"${new%/*/*}"}
        if [ -e "$moved" ] || [ -L "$moved" ]; then
          new=$moved
        elif [ -e "${new%/*/*}/undo.sh" ] || { ! [ -e "$new" ] && ! [ -L "$new" ]; }; then
          if [ -e "$old" ] || [ -L "$old" ]; then continue; fi
          printf '%s\n' "moved or deleted since the sorting: $moved (before: $old)" >&2
          lost=1
          continue
        fi
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
      if [ -n "$lost" ]; then
        printf '%s\n' "these photos stay where they are; if another effnet command moved them," \
          "run its undo.sh, then this one again; if you moved them, move them back to the place" \
          "after 'before'; if you need no undo any more, delete this script: $0" >&2
      fi
      [ "$new" = end ] && [ -z "$left" ] || exit 1
      if [ "$size" -ne "$(wc -c < "$0")" ]; then
        echo "effnet moved other photos meanwhile; run this script again" >&2
        exit 1
      fi
      [ -z "$lost" ] || exit 0
      rm -f -- "$0" || exit
      rmdir -- "${0%/*}/" 2>/dev/null
      exit 0
    }
    exit

    """#.utf8)

  /// Opens the script of a folder to append lines, or creates it.
  ///
  /// - Throws: `FileError`, also if another process has it open or another program wrote it.
  init(path: String) throws(FileError) {
    self.path = path
    (file, end, lost) = try Self.open(path)
    start = end
  }

  private static func open(
    _ path: String
  ) throws(FileError) -> (WorkingFile, end: Int, lost: Set<ExactText>) {
    let file = try locked(path)
    let bytes = try file.read(0..<file.count)
    guard header.starts(with: bytes.prefix(header.count)) else {
      if bytes.starts(with: beginning) {
        throw FileError(
          path: path,
          reason: "another version of effnet wrote this list; run it, or keep it in another folder")
      }
      throw FileError(path: path, reason: "this file is not an undo list of effnet; move it away")
    }
    let (lines, lost) = liveLines(bytes.dropFirst(header.count), in: Folder.parent(of: path))
    let contents = header + lines
    if bytes == contents { return (file, contents.count, lost) }
    try OutputFile.write(contents, to: path)
    return (try locked(path), contents.count, lost)
  }

  private static func locked(_ path: String) throws(FileError) -> WorkingFile {
    guard let file = try WorkingFile(path: path), file.isAtPath else {
      throw FileError(
        path: path, reason: "another process moves photos into this folder; wait until it ends")
    }
    return file
  }

  /// Returns whether a path leads to a script of effnet.
  static func exists(_ path: String) -> Bool {
    guard let file = try? OpenFile(path: path), file.count >= beginning.count,
      let bytes = try? file.read(0..<beginning.count)
    else { return false }
    return bytes == beginning
  }

  /// Returns the complete lines whose photos are not at their old places, and the new places of
  /// those that are not there either. A power failure may have left a part of a line, which moved no
  /// photo.
  ///
  /// - Parameter folder: The folder of the script with a slash, which may have been moved.
  private static func liveLines(
    _ bytes: ArraySlice<UInt8>, in folder: String
  ) -> (lines: [UInt8], lost: Set<ExactText>) {
    let newline = UInt8(ascii: "\n")
    let complete = bytes.lastIndex(of: newline).map { bytes[...$0] } ?? []
    var (lines, lost) = ([UInt8](), Set<ExactText>())
    for line in complete.split(separator: newline) {
      guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { continue }
      let (new, old) = (unescaped(line[..<tab]), unescaped(line[(tab + 1)...]))
      // The class's folder and the name are the last two parts.
      let group = Folder.parent(of: new).withoutSlashes
      let moved = place(folder + Folder.name(of: group) + "/" + Folder.name(of: new))
      // A folder with a script of its own has photos of other lines.
      let isOthers = FileStatus(Folder.parent(of: group) + PhotoSorter.undo) != nil
      let places = isOthers ? [moved] : [moved, new]
      if !places.contains(where: { FileStatus($0, followsLinks: false) != nil }) {
        if FileStatus(old, followsLinks: false) != nil { continue }
        lost.formUnion([ExactText(new), ExactText(moved)])
      }
      lines += line + [newline]
    }
    return (lines, lost)
  }

  /// Returns whether a line has this new place, and its photo is at neither of its places.
  func hasLost(_ path: String) -> Bool { lost.contains(ExactText(Self.place(path))) }

  /// Returns a path without "..", so that it stays valid when the working folder is removed.
  private static func place(_ path: String) -> String {
    let path = Folder.absolute(path)
    let parent = Folder.parent(of: path)
    let folder = Folder.resolved(parent) ?? parent
    return folder + (folder.hasSuffix("/") ? "" : "/") + Folder.name(of: path)
  }

  /// Appends the line that moves a file back, and waits until it is on the disk.
  ///
  /// - Throws: `FileError` that names the script.
  func append(from path: String, to original: String) throws(FileError) {
    let line =
      Self.escaped(Self.place(path)) + [UInt8(ascii: "\t")]
      + Self.escaped(Self.place(original)) + [UInt8(ascii: "\n")]
    try append(line)
    if file.isAtPath { return }
    // The script ran meanwhile, and removed itself.
    (file, end, lost) = try Self.open(self.path)
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
