import ArgumentParser
import EfficientNetSystem
import EfficientNetReports

// What options may be. Each function throws a `ValidationError` that names the option, the value and the remedy.

/// Checks a number; nil is always fine.
func check<Number: Comparable>(
  _ value: Number?, _ option: String, _ range: ClosedRange<Number>
) throws {
  guard let value, !range.contains(value) else { return }
  let ends = [range.lowerBound, range.upperBound].map { ($0 as? Double)?.shortest ?? "\($0)" }
  throw ValidationError("\(option) is \(value); it may be \(ends[0]) to \(ends[1])")
}

func check(paths: [String]) throws {
  if paths.contains("") { throw ValidationError("a path is empty") }
}

func check(csv path: String?) throws {
  if path == "" || path == "-" {
    throw ValidationError("--csv needs a file; --json writes to standard output")
  }
}

/// Checks that an output is none of the files that are read.
func check(_ path: String?, _ option: String, replacesNoneOf inputs: [String]) throws {
  guard let path, let identity = FileStatus(path)?.identity,
    let input = inputs.first(where: { FileStatus($0)?.identity == identity })
  else { return }
  throw ValidationError("\(option) \(path) would replace \(input), which is read")
}
