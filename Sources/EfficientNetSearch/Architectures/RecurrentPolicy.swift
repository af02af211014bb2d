internal import EfficientNetCompute

/// A long short-term memory that makes decisions one after the other, each knowing those before it.
///
/// At each step the embedding of the choice before it enters, and a linear layer of that decision's own makes of the state the
/// logits of its choices. All numbers are doubles: it is small, and its gradients are checked by differences.
///
/// Source: Hochreiter & Schmidhuber 1997, Long Short-Term Memory; as a controller, Zoph & Le 2017, [Neural Architecture Search
/// with Reinforcement Learning](https://arxiv.org/abs/1611.01578), section 3.1.
struct RecurrentPolicy: Hashable, Sendable {
  /// How many choices each decision has.
  let choices: [Int]
  /// The size of the state.
  let units: Int
  /// All weights: the layer of the gates, and for each decision the embeddings that may enter and the
  /// layer of the logits.
  var parameters: [Double]

  /// Where the embeddings that enter a step begin: at the first step one, then one for each choice of the step before.
  private let embeddings: [Int]
  /// Where the layers of the logits begin.
  private let heads: [Int]

  /// A policy that prefers nothing much.
  init(choices: [Int], units: Int, seed: UInt64) {
    precondition(units >= 1 && choices.allSatisfy { $0 >= 1 }, "\(units) units for \(choices)")
    (self.choices, self.units) = (choices, units)
    var end = 4 * units * (2 * units + 1)
    var (embeddings, heads) = ([Int](), [Int]())
    for (step, count) in choices.enumerated() {
      embeddings.append(end)
      end += (step == 0 ? 1 : choices[step - 1]) * units
      heads.append(end)
      end += count * (units + 1)
    }
    (self.embeddings, self.heads) = (embeddings, heads)
    var generator = SeededGenerator(seed: seed)
    parameters = (0..<end).map { _ in Double.random(in: -0.1...0.1, using: &generator) }
  }

  /// A step of the network on the way through a point.
  struct Step {
    /// What entered: embedding and state.
    var input: [Double]
    /// After their functions: input gate, forget gate, output gate, candidate.
    var gates: [Double]
    /// The memory before and after.
    var oldMemory, memory: [Double]
    var state: [Double]
    /// Of the choices.
    var probabilities: [Double]
  }

  /// Makes all decisions.
  ///
  /// - Parameter choose: Gets the number of a step and its probabilities.
  func run(_ choose: (_ step: Int, _ probabilities: [Double]) -> Int) -> [Step] {
    var steps: [Step] = []
    var state = [Double](repeating: 0, count: units)
    var memory = state
    var choice = 0
    for number in choices.indices {
      let embedding = embeddings[number] + choice * units
      let step = step(number, Array(parameters[embedding..<embedding + units]) + state, memory)
      state = step.state
      memory = step.memory
      steps.append(step)
      choice = choose(number, step.probabilities)
    }
    return steps
  }

  private func step(_ number: Int, _ input: [Double], _ memory: [Double]) -> Step {
    let gates = linear(at: 0, rows: 4 * units, input).enumerated().map { row, sum in
      row < 3 * units ? 1 / (1 + exp(-sum)) : tanh(sum)
    }
    var (new, state) = (memory, memory)
    for unit in 0..<units {
      new[unit] = gates[units + unit] * memory[unit] + gates[unit] * gates[3 * units + unit]
      state[unit] = gates[2 * units + unit] * tanh(new[unit])
    }
    return Step(
      input: input, gates: gates, oldMemory: memory, memory: new, state: state,
      probabilities: linear(at: heads[number], rows: choices[number], state).softmax)
  }

  /// Adds to `gradient` what the gradients of the logits of every step come to.
  ///
  /// - Parameters:
  ///   - steps: The way through `point`.
  ///   - logits: The gradients of the loss by the logits, step by step.
  func addGradient(
    _ gradient: inout [Double], point: [Int], steps: [Step], logits: [[Double]]
  ) {
    var stateGradient = [Double](repeating: 0, count: units)
    var memoryGradient = stateGradient
    for number in steps.indices.reversed() {
      let step = steps[number]
      let fromLogits = addLinearGradient(
        &gradient, at: heads[number], slopes: logits[number], input: step.state)
      var sums = [Double](repeating: 0, count: 4 * units)
      for unit in 0..<units {
        let (input, forget) = (step.gates[unit], step.gates[units + unit])
        let (output, candidate) = (step.gates[2 * units + unit], step.gates[3 * units + unit])
        let memory = tanh(step.memory[unit])
        let ofState = stateGradient[unit] + fromLogits[unit]
        let ofMemory = memoryGradient[unit] + ofState * output * (1 - memory * memory)
        sums[unit] = ofMemory * candidate * input * (1 - input)
        sums[units + unit] = ofMemory * step.oldMemory[unit] * forget * (1 - forget)
        sums[2 * units + unit] = ofState * memory * output * (1 - output)
        sums[3 * units + unit] = ofMemory * input * (1 - candidate * candidate)
        memoryGradient[unit] = ofMemory * forget
      }
      let inputGradient = addLinearGradient(&gradient, at: 0, slopes: sums, input: step.input)
      let embedding = embeddings[number] + (number == 0 ? 0 : point[number - 1] * units)
      for unit in 0..<units { gradient[embedding + unit] += inputGradient[unit] }
      stateGradient = Array(inputGradient[units...])
    }
  }

  /// The outputs of a linear layer among the parameters: weights row by row, and then biases.
  private func linear(at offset: Int, rows: Int, _ input: [Double]) -> [Double] {
    (0..<rows).map { row in
      let first = offset + row * input.count
      let sum = input.indices.reduce(0) { $0 + parameters[first + $1] * input[$1] }
      return sum + parameters[offset + rows * input.count + row]
    }
  }

  /// Adds to `gradient` that of the parameters of a linear layer.
  ///
  /// - Parameter slopes: The gradient by the layer's outputs.
  /// - Returns: The gradient by its inputs.
  private func addLinearGradient(
    _ gradient: inout [Double], at offset: Int, slopes: [Double], input: [Double]
  ) -> [Double] {
    for (row, slope) in slopes.enumerated() {
      for (column, value) in input.enumerated() {
        gradient[offset + row * input.count + column] += slope * value
      }
      gradient[offset + slopes.count * input.count + row] += slope
    }
    return input.indices.map { column in
      slopes.indices.reduce(0) { $0 + parameters[offset + $1 * input.count + column] * slopes[$1] }
    }
  }
}
