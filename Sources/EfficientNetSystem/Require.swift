/// Stops the process with a message if an argument of a public function is wrong.
///
/// `precondition` drops its message in a release build, so the log of a service would only say
/// "Illegal instruction". Checks of internal functions use `precondition`.
///
/// - Parameters:
///   - isFulfilled: Whether the argument is right.
///   - message: The argument, its value and the valid values, in one line.
@inlinable
package func require(
  _ isFulfilled: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID,
  line: UInt = #line
) {
  if !isFulfilled { fatalError(message(), file: file, line: line) }
}
