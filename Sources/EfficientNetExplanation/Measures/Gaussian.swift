#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// `exp(−x² / 2)`
func gaussian(_ x: Double) -> Double { exp(-x * x / 2) }
