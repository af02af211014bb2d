public import FoundationEssentials

/// An error of these libraries. Its description is one line, its kind one word.
///
///     } catch let error as any LibraryError {
///       logger.error("\(error)", metadata: ["kind": "\(error.kind)"])
///     }
///
/// Swift's `CancellationError` is the only other error that the asynchronous methods throw.
public protocol LibraryError: LocalizedError, Hashable, CustomStringConvertible {
  /// An enum with the names of the cases, or a string.
  associatedtype Kind: Hashable, Sendable

  /// The kind in one word, such as "truncated", for metrics, logs and fields of JSON.
  var kind: Kind { get }
}

extension LibraryError {
  /// The same as `description`, so that `localizedDescription` is the error in one line.
  public var errorDescription: String? { description }
  /// Nil: the description has the reason.
  public var failureReason: String? { nil }
  /// Nil: the description has the remedy.
  public var recoverySuggestion: String? { nil }
  /// Nil.
  public var helpAnchor: String? { nil }
}
