package import EfficientNet
package import EfficientNetCompute

/// What a time was measured with.
package struct LatencySettings: Hashable, Encodable {
  package let threads: Int
  package let batch: Int
  package let precision: Precision

  package init(threads: Int, batch: Int, precision: Precision) {
    (self.threads, self.batch, self.precision) = (threads, batch, precision)
  }

  /// Bytes of the weights and feature maps that a run of a network takes.
  package func memory(of network: Architecture) -> Int {
    let plan = Plan(network, precision: precision)
    return plan.weightBytes + plan.bytesPerImage * min(batch, threads)
  }

  /// Whether half of this machine's memory holds a run of a network on untrained weights.
  package func haveRoom(for network: Architecture) -> Bool {
    let images = batch * network.inputShape.count
    let bytes = memory(of: network) + 4 * (NetworkCost(network).parameters + images)
    return bytes <= MachineMemory.bytes / 2
  }
}
