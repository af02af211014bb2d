internal import EfficientNetCompute

/// A long short-term memory that makes decisions one after the other, each conditioned on the
/// earlier ones.
///
/// At each step, the embedding of the previous choice enters. A linear layer of the decision then
/// turns the state into the logits of its choices. All numbers are doubles: the network is small,
/// and tests check its gradients by finite differences.
///
/// Source: Hochreiter & Schmidhuber 1997, Long Short-Term Memory; as a controller, Zoph & Le 2017,
/// [Neural Architecture Search with Reinforcement Learning](https://arxiv.org/abs/1611.01578),
/// section 3.1.
struct RecurrentPolicy: Hashable, Sendable {
  /// The number of choices of each decision.
  let choices: [Int]
  /// The size of the state.
  let units: Int
  /// All weights: the layer of the gates; then for each decision the embeddings that can enter it,
  /// and the layer of its logits.
  var parameters: [Double]

  /// The offset of the embeddings of each step: one for the first step, then one for each choice of
  /// the previous step.
  private let embeddings: [Int]
  /// The offset of the layer of each step's logits.
  private let heads: [Int]

  /// Creates a policy with nearly uniform probabilities.
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

  /// The activations of one step.
  struct Step {
    /// The input: embedding and state.
    var input: [Double]
    /// The gates after their functions: input, forget, output, candidate.
    var gates: [Double]
    /// The memory before and after the step.
    var oldMemory, memory: [Double]
    var state: [Double]
    /// The probabilities of the choices.
    var probabilities: [Double]
  }

  /// Makes all decisions.
  ///
  /// - Parameter choose: Receives the number of a step and its probabilities, and returns a choice.
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

  /// Adds the gradient with respect to the parameters to `gradient`, by backpropagation through
  /// time.
  ///
  /// - Parameters:
  ///   - gradient: The sum of gradients.
  ///   - point: The choices.
  ///   - steps: The activations of ``run(_:)`` with these choices.
  ///   - logits: The gradient of the loss with respect to the logits of each step.
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

  /// The outputs of a linear layer at an offset of the parameters: weights row by row, then biases.
  private func linear(at offset: Int, rows: Int, _ input: [Double]) -> [Double] {
    (0..<rows).map { row in
      let first = offset + row * input.count
      let sum = input.indices.reduce(0) { $0 + parameters[first + $1] * input[$1] }
      return sum + parameters[offset + rows * input.count + row]
    }
  }

  /// Adds the gradient with respect to the parameters of a linear layer to `gradient`.
  ///
  /// - Parameters:
  ///   - gradient: The sum of gradients.
  ///   - offset: The offset of the layer in the parameters.
  ///   - slopes: The gradient with respect to the layer's outputs.
  ///   - input: The layer's inputs.
  /// - Returns: The gradient with respect to the layer's inputs.
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
