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

/// Checks that an output is not a folder. The error names a file in the folder as an example.
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

/// The absolute path of a file that may not exist, with the links of its folder resolved. Its last
/// part is the file's name, even if that is a link.
func place(_ path: String) -> ExactText {
  let folder = Folder.parent(of: path)
  return ExactText("\(Folder.resolved(folder) ?? Folder.absolute(folder))/\(Folder.name(of: path))")
}

/// Checks that an output is not one of the inputs, which need not exist.
func check(_ path: String?, _ option: String, replacesNoneOf inputs: [String]) throws {
  guard let path else { return }
  let (identity, name) = (FileStatus(path)?.identity, ExactText(Folder.name(of: path)))
  let replaced = inputs.first { input in
    if let identity { return FileStatus(input)?.identity == identity }
    return ExactText(Folder.name(of: input)) == name && place(input) == place(path)
  }
  guard let input = replaced else { return }
  throw ValidationError("\(option) \(path) would replace the input \(input); name another file")
}
