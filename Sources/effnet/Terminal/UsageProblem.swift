/// The message about a wrong command line, with the command that shows the help.
struct UsageProblem: CustomStringConvertible {
  /// What is wrong.
  let problem: String
  /// For instance "effnet train --help".
  let helpCommand: String

  /// For instance "--split is 1; it must be at least 0 and below 1; see 'effnet train --help'".
  var description: String {
    let problem = problem + (hasDecimalComma ? Self.numberAdvice : "")
    // Some messages are sentences or questions.
    let isSentence = problem.last == "." || problem.last == "?"
    return "\(problem)\(isSentence ? " See" : "; see") '\(helpCommand)'"
  }

  private static let numberAdvice =
    ": write numbers with a decimal point and no other separators, such as 0.02 or 3000"

  /// Whether ArgumentParser refuses a value such as "0,02" without a reason.
  private var hasDecimalComma: Bool {
    let (start, middle) = ("The value '", "' is invalid for '")
    guard problem.hasPrefix(start), problem.hasSuffix("'"), problem.contains(middle) else {
      return false
    }
    let value = problem.dropFirst(start.count).prefix { $0 != "'" }
    return value.contains(",") && value.contains(where: \.isNumber)
      && value.allSatisfy { $0.isNumber || ",.-".contains($0) }
  }
}
