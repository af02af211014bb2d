// Searches a small network with a score of your own. Here a formula takes the place of training:
//
//     ExampleSearch

import EfficientNet
import EfficientNetSearch

let study = SearchStudy(
  SearchSpace.efficientNet.narrowed(width: 0.25, stages: 6, resolution: 32),
  objective: Objective(cost: .macs, target: 1_000_000), controller: .ppo, samples: 200, batch: 20,
  finalists: 0, finalEpochs: 1, finalSeeds: 1)
var search = ArchitectureSearch(study, seeds: [1], epochs: 4, classes: 10)
while true {
  let candidates = search.propose()
  if candidates.isEmpty { break }
  let results = candidates.map { candidate in
    // In place of training: more blocks with a 5×5 filter count as more accurate.
    let network = candidate.architecture
    let wide = network.stages.filter { $0.kernel == 5 }.reduce(0) { $0 + $1.repeats }
    return TrialResult(
      Trial(candidate, seed: 1, epochs: 4), top1: 0.4 + 0.02 * Double(wide), loss: nil,
      trainingLoss: nil, seconds: 0)
  }
  search.learn(results)
}
for sample in search.ranked.prefix(3) {
  let filters = sample.candidate.architecture.stages.map { "\($0.kernel)×\($0.kernel)" }
  print(sample.candidate.name, sample.reward, sample.network.macs, filters.joined(separator: " "))
}
