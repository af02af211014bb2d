public import ArgumentParser
public import EfficientNet

extension Precision: ExpressibleByArgument {}

/// What the network computes with.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: """
      Numbers of feature maps and of what products read: fp32, or bf16, which is faster where the machine has \
      instructions for it, and a little less accurate.
      """)
  var precision = Precision.float32
}
