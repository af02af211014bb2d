import Testing

@testable import EfficientNet
@testable import EfficientNetExplanation

@Suite("Evidence in words") struct EvidenceTests {
  private func explanation(
    _ probability: Double, logit: Float, rival: (probability: Double, logit: Float)? = nil
  ) -> Explanation {
    Explanation(
      prediction: Prediction(
        index: 0, label: "cup", wnid: nil, probability: probability, logit: logit),
      map: ActivationMap(width: 1, height: 1, values: [1]),
      region: PhotoRegion(left: 0, top: 0, width: 1, height: 1),
      rival: rival.map {
        Prediction(index: 1, label: "mug", wnid: nil, probability: $0.probability, logit: $0.logit)
      })
  }

  /// exp(2.99) is 19.9, exp(3) 20.1; exp(1.09) is 2.97, exp(1.1) 3.004. A number added to both
  /// logits changes nothing.
  @Test(arguments: [Float(0), -7, 40])
  func boundaries(offset: Float) {
    for (margin, evidence) in [
      (Float(3), Evidence.strong), (2.99, .some), (1.1, .some), (1.09, .weak), (0, .weak),
      (-0.01, .less), (-9, .less),
    ] {
      let explanation = explanation(
        0.4, logit: offset + margin, rival: (probability: 0.3, logit: offset))
      #expect(explanation.evidence == evidence, "\(margin)")
    }
  }

  /// Classes that do not compete are compared with not being this class.
  @Test func withoutRival() {
    for (probability, evidence) in [
      (0.96, Evidence.strong), (0.95, .some), (0.76, .some), (0.74, .weak), (0.5, .weak),
      (0.49, .less), (1, .strong), (0, .less),
    ] {
      #expect(explanation(probability, logit: 0).evidence == evidence, "\(probability)")
    }
  }

  @Test func words() {
    let strong = explanation(0.272, logit: 5, rival: (probability: 0.0042, logit: 0.8))
    #expect(strong.verdict() == "strong evidence for cup")
    #expect(strong.probabilities() == "27.2 % (mug: 0.4 %)")
    let less = explanation(0.1, logit: 0, rival: (probability: 0.6, logit: 1.8))
    #expect(less.verdict() == "less evidence for cup than for mug")
    #expect(less.verdict("crane (3)", rival: "crane (7)").hasSuffix("crane (3) than for crane (7)"))
    #expect(less.probabilities(rival: "crane (7)") == "10.0 % (crane (7): 60.0 %)")
    #expect(explanation(0.1, logit: 0).verdict() == "more evidence against cup than for it")
    #expect(explanation(0.96, logit: 3).probabilities() == "96.0 %")
    #expect(Evidence.rule(for: .softmax).contains("20 times as probable as any other class, some"))
    #expect(Evidence.rule(for: .sigmoid).contains("20 times as probable as its absence, some"))
  }
}
