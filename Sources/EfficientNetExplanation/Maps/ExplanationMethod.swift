/// A method to find the regions behind a prediction.
public enum ExplanationMethod: Hashable, Sendable {
  /// The class activation map: the last feature map, its channels weighted by the classifier's
  /// weights for the class.
  ///
  /// `map[y, x] = Σ_c weight[class, c] · features[y, x, c]`. The mean of the map plus the bias is
  /// the logit.
  ///
  /// Source: Zhou et al. 2016, [Learning Deep Features for Discriminative
  /// Localization](https://arxiv.org/abs/1512.04150). Figure 7 of Tan & Le 2019 shows such maps.
  case classActivation
  /// Grad-CAM: the output of a stage, each channel weighted by the mean gradient of the logit.
  ///
  /// `map[y, x] = Σ_c α[c] · A[y, x, c]` with `α[c] = mean_yx ∂logit / ∂A[y, x, c]`. The ReLU of
  /// the paper is left out, so evidence against the class stays visible. For the last feature map,
  /// this is the class activation map divided by its number of cells.
  ///
  /// Source: Selvaraju et al. 2017, [Grad-CAM](https://arxiv.org/abs/1610.02391).
  case gradCAM(stage: String)
  /// Occlusion: how far the logit falls when a patch of the input is covered with the mean color.
  ///
  /// Source: Zeiler & Fergus 2014, [Visualizing and Understanding Convolutional
  /// Networks](https://arxiv.org/abs/1311.2901).
  case occlusion(Occlusion)

  /// The size and the stride of a patch that moves over the input. The network runs once for each
  /// position of the patch.
  public struct Occlusion: Hashable, Sendable {
    /// The side of a patch in pixels of the input.
    public var patch: Int
    /// The distance between patches in pixels, which is also the width of a cell of the map. A
    /// patch covers the middle of its cell.
    public var stride: Int

    /// Creates a grid of patches. The patches must cover all pixels, so `stride` must be at most
    /// `patch`, and both must be from 1 to 8192. For other values, the initializer of ``Explainer``
    /// throws ``ExplanationError/patches(patch:stride:)``.
    ///
    /// - Parameters:
    ///   - patch: The side of a patch in pixels of the input.
    ///   - stride: The distance between patches in pixels.
    public init(patch: Int, stride: Int) {
      (self.patch, self.stride) = (patch, stride)
    }

    /// Creates the default patches: a seventh of the input wide, half a patch apart.
    ///
    /// - Parameter resolution: The side of the input in pixels.
    public init(resolution: Int) {
      let stride = max(1, resolution / 14)
      self.init(patch: 2 * stride, stride: stride)
    }
  }
}

extension ExplanationMethod.Occlusion {
  /// The valid values of ``patch`` and ``stride``.
  package static let sizes = 1...8192

  func check() throws(ExplanationError) {
    guard Self.sizes ~= patch, Self.sizes ~= stride, stride <= patch else {
      throw .patches(patch: patch, stride: stride)
    }
  }
}

extension ExplanationMethod {
  /// The name in options and JSON.
  package var name: String {
    switch self {
    case .classActivation: "cam"
    case .gradCAM: "grad-cam"
    case .occlusion: "occlusion"
    }
  }

  /// The name in file names.
  package var fileName: String {
    if case .gradCAM(let stage) = self { "\(name).\(stage)" } else { name }
  }

  /// The name with its details, for titles.
  package var title: String {
    switch self {
    case .classActivation: "class activation map"
    case .gradCAM(let stage): "Grad-CAM of \(stage)"
    case .occlusion(let occlusion): "occlusion by \(occlusion.patch) pixels"
    }
  }
}
