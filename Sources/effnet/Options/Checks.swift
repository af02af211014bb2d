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
}

/// Checks that an output is not one of the inputs.
func check(_ path: String?, _ option: String, replacesNoneOf inputs: [String]) throws {
  guard let path, let identity = FileStatus(path)?.identity,
    let input = inputs.first(where: { FileStatus($0)?.identity == identity })
  else { return }
  throw ValidationError("\(option) \(path) would replace the input \(input); name another file")
}
