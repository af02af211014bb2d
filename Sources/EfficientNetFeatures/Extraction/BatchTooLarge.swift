package import EfficientNet
internal import EfficientNetCompute
package import EfficientNetSystem

/// More photos at once than the machine's memory holds.
public struct BatchTooLarge: Error, Hashable, CustomStringConvertible {
  private let batch, needed, memory: Int

  /// One line.
  public var description: String {
    "--batch \(batch) needs \(needed >> 20) MB of memory, the machine has \(memory >> 20) MB; lower it"
  }

  /// Checks that the machine has memory for a batch; nil is always fine.
  ///
  /// - Throws: ``BatchTooLarge``.
  package static func check(
    _ batch: Int?, for engine: Engine, pool: ThreadPool
  ) throws(BatchTooLarge) {
    guard let batch else { return }
    // Every thread computes an image.
    let needed =
      pool.threads * engine.bytesPerImage + batch * PhotoBatches.bytesPerPhoto(engine)
    guard needed <= MachineMemory.bytes else {
      throw BatchTooLarge(batch: batch, needed: needed, memory: MachineMemory.bytes)
    }
  }
}
