internal import Glibc

/// A lock on which threads can wait for a change: a POSIX mutex with a condition variable.
package final class Monitor: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init() {
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  package func withLock<Result>(_ body: () -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Sleeps until a wake-up; it may also return spuriously. The caller holds the lock before and
  /// after.
  package func wait() {
    unsafe pthread_cond_wait(condition, mutex)
  }

  /// Wakes one thread that sleeps in `wait()`, if there is one. The caller holds the lock.
  package func wakeOne() {
    unsafe pthread_cond_signal(condition)
  }

  /// Wakes all threads that sleep in `wait()`. The caller holds the lock.
  package func wakeAll() {
    unsafe pthread_cond_broadcast(condition)
  }
}
