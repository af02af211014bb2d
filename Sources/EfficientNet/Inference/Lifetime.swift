/// A place in memory that is needed for some time.
package protocol Lifetime {
  /// Words.
  var count: Int { get }
  /// The first step that touches it.
  var firstStep: Int { get }
  /// The last one.
  var lastStep: Int { get }
}
