internal import Glibc

/// A sanitizer that watches the tests.
package enum Sanitizer {
  /// Whether there is one: it maps terabytes of addresses when a program starts, and does not run under limits.
  package static let isActive =
    unsafe dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
}
