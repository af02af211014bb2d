internal import Glibc

/// A variable of the environment; nil if there is none of this name.
package func environmentVariable(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}
