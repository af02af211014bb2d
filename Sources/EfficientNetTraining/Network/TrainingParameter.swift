internal import EfficientNet
internal import EfficientNetCompute

/// A tensor of the network in the memory layout of training, and the conversion from and to weight
/// files.
struct TrainingParameter {
  enum Form: Hashable {
    /// (output, input, tap) in files; rows (tap, input) of padded outputs in memory.
    case matrix(inputs: Int, outputs: Int, taps: Int)
    /// (channel, tap) in files; slabs of (tap, channel) in memory.
    case filters(channels: Int, taps: Int)
    case vector(channels: Int)
  }

  /// The name in this package's weight files.
  let name: String
  /// The shape in weight files.
  let shape: [Int]
  let form: Form
  let kind: Kind
  /// The part of the network that it belongs to.
  let part: Graph.Part
  /// Its place among the parameters or the statistics, set by the plan.
  var region = Region(offset: 0, count: 0)

  /// The role of the tensor, which decides whether weight decay applies.
  enum Kind: Hashable {
    /// A matrix or filters.
    case weight
    /// The bias of a convolution or of the classifier.
    case bias
    /// The scale, shift or statistics of a batch norm.
    case norm
  }

  /// The number of floats in memory.
  static func count(_ form: Form) -> Int {
    switch form {
    case .matrix(let inputs, let outputs, let taps):
      taps * inputs * Kernels.channelStride(outputs)
    case .filters(let channels, let taps):
      taps * MapLayout.slabCount(channels) * MapLayout.slabChannels
    case .vector(let channels): Kernels.channelStride(channels)
    }
  }

  /// Calls `body` with the index of each element in a file and in memory.
  private func forEachElement(_ body: (_ file: Int, _ here: Int) -> Void) {
    switch form {
    case .matrix(let inputs, let outputs, let taps):
      let columns = Kernels.channelStride(outputs)
      for o in 0..<outputs {
        for i in 0..<inputs {
          for tap in 0..<taps {
            body((o * inputs + i) * taps + tap, (tap * inputs + i) * columns + o)
          }
        }
      }
    case .filters(let channels, let taps):
      let width = MapLayout.slabChannels
      for c in 0..<channels {
        for tap in 0..<taps {
          body(c * taps + tap, (c / width * taps + tap) * width + c % width)
        }
      }
    case .vector(let channels):
      for c in 0..<channels { body(c, c) }
    }
  }

  /// Copies a file's elements to memory; padding becomes zero.
  func load(_ tensor: WeightTensor, at region: Region, memory: Arena) {
    precondition(tensor.shape == shape, "\(name) is \(tensor.shape), not \(shape)")
    tensor.withElements { elements in
      memory.write(region) { place in
        for index in place.indices { place[index] = 0 }
        forEachElement { file, here in place[here] = elements[file] }
      }
    }
  }

  /// The elements in a file's order.
  func tensor(at region: Region, memory: Arena) -> WeightTensor {
    var elements = [Float](repeating: 0, count: shape.reduce(1, *))
    memory.read(region) { place in
      forEachElement { file, here in elements[file] = place[here] }
    }
    return WeightTensor(shape: shape, elements: elements)
  }
}
