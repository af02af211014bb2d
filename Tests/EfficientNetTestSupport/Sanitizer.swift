internal import Glibc

/// A sanitizer that checks the tests.
package enum Sanitizer {
  /// Whether a sanitizer is active. It maps terabytes of addresses at the start of a program, so it
  /// does not run under memory limits.
  package static let isActive =
    unsafe dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
}
