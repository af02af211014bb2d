import ArgumentParser
import EfficientNetSystem
import EfficientNetReports

// Checks of option values. Each function throws a `ValidationError` that names the option and
// value.

/// Checks that a number is in a range. Nil passes.
func check<Number: Comparable>(
  _ value: Number?, _ option: String, _ range: ClosedRange<Number>
) throws {
  guard let value, !range.contains(value) else { return }
  let ends = [range.lowerBound, range.upperBound].map { ($0 as? Double)?.shortest ?? "\($0)" }
  throw ValidationError("\(option) is \(value); it must be from \(ends[0]) to \(ends[1])")
}

func check(split: Double) throws {
  guard !(0..<1 ~= split) else { return }
  throw ValidationError("--split is \(split.shortest); it must be at least 0 and below 1")
}

func check(paths: [String]) throws {
  if paths.contains("") { throw ValidationError("a path is empty") }
}

func check(csv path: String?) throws {
  if path == "" || path == "-" {
    throw ValidationError("--csv needs a file; --json writes to standard output")
  }
  try check(path, "--csv", isNoFolder: "photos.csv")
}

/// Checks that an output is no folder; the error names an example of a file in it.
func check(_ path: String?, _ option: String, isNoFolder example: String) throws {
  guard let path, Folder.exists(path) else { return }
  let file = path + (path.hasSuffix("/") ? "" : "/") + example
  throw ValidationError("\(option) is \(path), which is a folder; name a file, such as \(file)")
}

/// Checks that two outputs are different files, also if neither exists yet.
func check(
  _ path: String?, _ option: String, differsFrom other: String?, _ otherOption: String
) throws {
  guard let path, let other, isSameFile(path, other) || place(path) == place(other) else { return }
  throw ValidationError("\(option) and \(otherOption) are the same file, \(path); name two files")
}

/// The absolute path of a file that may not exist, with the links of its folder resolved.
private func place(_ path: String) -> ExactText {
  let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
  let folder = slash.map { String(path[...$0]) } ?? "./"
  let name = slash.map { path[path.utf8.index(after: $0)...] } ?? path[...]
  return ExactText("\(Folder.resolved(folder) ?? Folder.absolute(folder))/\(name)")
}

/// Checks that an output is not one of the inputs.
func check(_ path: String?, _ option: String, replacesNoneOf inputs: [String]) throws {
  guard let path, let identity = FileStatus(path)?.identity,
    let input = inputs.first(where: { FileStatus($0)?.identity == identity })
  else { return }
  throw ValidationError("\(option) \(path) would replace the input \(input); name another file")
}
