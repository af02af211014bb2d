/// How a network is asked where it looks.
public enum ExplanationMethod: Hashable, Sendable {
  /// The class activation map: the last feature map, weighted with the classifier's weights for the class,
  /// `map[y, x] = Σ_c weight[class, c] · features[y, x, c]`. Its mean and the bias are the logit.
  ///
  /// Source: Zhou et al. 2016, [Learning Deep Features for Discriminative Localization](https://arxiv.org/abs/1512.04150);
  /// it is what Tan & Le 2019 draw in their figure 7.
  case classActivation
  /// Grad-CAM: the output of a part of the network, weighted with how the logit depends on each channel's mean,
  /// `map[y, x] = Σ_c α[c] · A[y, x, c]` with `α[c] = mean_yx ∂logit / ∂A[y, x, c]`, without the ReLU of the paper, which drops
  /// what speaks against the class. Of the last feature map it is the class activation map divided by its pixels.
  ///
  /// Source: Selvaraju et al. 2017, [Grad-CAM](https://arxiv.org/abs/1610.02391).
  case gradCAM(stage: String)
  /// How far the logit falls when a patch of the input is covered with the mean colour.
  ///
  /// Source: Zeiler & Fergus 2014, [Visualizing and Understanding Convolutional Networks](https://arxiv.org/abs/1311.2901).
  case occlusion(Occlusion)

  /// The patches that cover the input one after the other.
  public struct Occlusion: Hashable, Sendable {
    /// The side of a patch in pixels of the input.
    public var patch: Int
    /// Pixels from one patch to the next: each cell of the map is so many pixels wide, and its patch covers the middle.
    public var stride: Int

    /// Patches of some size.
    ///
    /// - Precondition: both are at least 1, and the patch is no smaller than the stride, so that nothing is left out.
    public init(patch: Int, stride: Int) {
      precondition(stride >= 1 && patch >= stride, "patches of \(patch) pixels, \(stride) apart")
      (self.patch, self.stride) = (patch, stride)
    }

    /// A patch of a seventh of the input, moved by half of it.
    public init(resolution: Int) {
      let stride = max(1, resolution / 14)
      self.init(patch: 2 * stride, stride: stride)
    }
  }
}

extension ExplanationMethod {
  /// What it is called in JSON.
  package var name: String {
    switch self {
    case .classActivation: "cam"
    case .gradCAM: "grad-cam"
    case .occlusion: "occlusion"
    }
  }

  /// What it is called in file names.
  package var fileName: String {
    if case .gradCAM(let stage) = self { "\(name).\(stage)" } else { name }
  }

  /// With its details, for people.
  package var title: String {
    switch self {
    case .classActivation: "class activation map"
    case .gradCAM(let stage): "Grad-CAM of \(stage)"
    case .occlusion(let occlusion): "occlusion by \(occlusion.patch) pixels"
    }
  }
}
