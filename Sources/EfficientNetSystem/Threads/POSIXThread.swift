internal import Glibc

/// Starts a POSIX thread; returns nil if the system cannot start one.
func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
  final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  let context = Unmanaged.passRetained(Body(body))
  var thread = pthread_t()
  let status = unsafe pthread_create(
    &thread, nil,
    { argument in
      guard let opaque = argument else { return nil }
      unsafe Unmanaged<Body>.fromOpaque(opaque).takeRetainedValue().run()
      return nil
    }, context.toOpaque())
  guard status == 0 else {
    context.release()
    return nil
  }
  return thread
}

/// Starts a thread that runs `body` and ends with it.
///
/// - Throws: ``NoThreadError`` if the system cannot start one.
package func startDetachedThread(
  _ body: @escaping @Sendable () -> Void
) throws(NoThreadError) {
  guard let thread = startThread(body) else { throw NoThreadError() }
  pthread_detach(thread)
}
