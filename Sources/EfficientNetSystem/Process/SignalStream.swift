internal import CGlibc
internal import Glibc
internal import Synchronization

/// The end of the pipe into which the handler of ``signals(_:)`` writes; a handler can access only
/// globals.
private let signalPipe = Atomic<Int32>(-1)

/// Returns a sequence of the signals that arrive from now on; they have no other effect any more.
///
/// - Parameter numbers: The signals, such as SIGTERM.
/// - Precondition: This is called once in a process.
package func signals(_ numbers: [Int32]) -> AsyncStream<Int32> {
  var ends: (Int32, Int32) = (-1, -1)
  let status = unsafe withUnsafeMutablePointer(to: &ends) { pair in
    unsafe pair.withMemoryRebound(to: Int32.self, capacity: 2) { unsafe pipe2($0, O_CLOEXEC) }
  }
  precondition(status == 0, "the process has no file descriptors left at its start")
  signalPipe.store(ends.1, ordering: .relaxed)
  for number in numbers {
    signal(number) { number in
      var byte = UInt8(truncatingIfNeeded: number)
      unsafe write(signalPipe.load(ordering: .relaxed), &byte, 1)
    }
  }
  // The parent process may have blocked the signals.
  var set = sigset_t()
  unsafe sigemptyset(&set)
  for number in numbers { unsafe sigaddset(&set, number) }
  unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
  let input = ends.0
  let thread = startThread {
    var byte = UInt8(0)
    while unsafe read(input, &byte, 1) == 1 || errno == EINTR { continuation.yield(Int32(byte)) }
  }
  precondition(thread != nil, "the process has no thread left at its start")
  if let thread { pthread_detach(thread) }
  return stream
}
