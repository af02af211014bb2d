/// The message about a wrong command line, with the command that shows the help.
struct UsageProblem: CustomStringConvertible {
  /// What is wrong.
  let problem: String
  /// For instance "effnet train --help".
  let helpCommand: String

  /// For instance "--split is 1; it must be at least 0 and below 1; see 'effnet train --help'".
  var description: String {
    // Some messages are sentences or questions.
    let isSentence = problem.last == "." || problem.last == "?"
    return "\(problem)\(isSentence ? " See" : "; see") '\(helpCommand)'"
  }
}
