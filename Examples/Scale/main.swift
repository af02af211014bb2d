// Scales a baseline by α, β, γ and φ, and finds the largest network within a budget:
//
//     ExampleScale b0 1000

import EfficientNet
import Foundation

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("\(message)\n".utf8))
  exit(1)
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let budget = Double(arguments[2]) else {
  fail("usage: ExampleScale network million-MACs")
}
do {
  let baseline = Baseline(try Variant(named: arguments[1]))
  let coefficients = CompoundCoefficients.paper
  print("α \(coefficients.depth), β \(coefficients.width), γ \(coefficients.resolution)")
  for phi in 0...3 {
    let network = baseline.network(coefficients, phi: Double(phi))
    let cost = NetworkCost(network)
    print(
      "φ \(phi): \(network.resolution) pixels, \(cost.parameters) parameters, \(cost.macs) MACs")
  }

  // Costs rise with φ in steps, since layers and channels are whole numbers.
  let phis = (0...140).map { Double($0) / 20 }
  let fitting = phis.last { phi in
    Double(NetworkCost(baseline.network(coefficients, phi: phi)).macs) <= budget * 1e6
  }
  guard let fitting else { fail("\(arguments[1]) itself takes more than \(budget) M MACs") }
  let network = baseline.network(coefficients, phi: fitting)
  print("φ up to 7, within \(budget) M MACs: \(network.name), \(NetworkCost(network).macs) MACs")
  // The stage table as JSON: in a file, 'effnet train --model file.json --from-scratch' reads it.
  print(network.json)
} catch {
  fail("\(error)")
}
