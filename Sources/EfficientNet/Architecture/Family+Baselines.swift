internal import EfficientNetCompute

extension Family {
  /// The family's network at width 1 and depth 1.
  var baseline: Architecture {
    switch self {
    case .efficientNet: Self.standard("b0", Self.efficientNetStages, .silu, stochasticDepth: 0.2)
    case .lite: Self.standard("lite0", Self.liteStages, .relu6, stochasticDepth: 0.2)
    case .edgeTPU: Self.standard("edgetpu-s", Self.edgeTPUStages, .relu, stochasticDepth: 0.2)
    case .v2Base: Self.v2("v2-b0", stem: 32, Self.v2BaseStages, resolution: 224, dropout: 0.2)
    case .v2Small: Self.v2("v2-s", stem: 24, Self.v2SmallStages, resolution: 384, dropout: 0.2)
    case .v2Medium: Self.v2("v2-m", stem: 24, Self.v2MediumStages, resolution: 480, dropout: 0.3)
    case .v2Large: Self.v2("v2-l", stem: 32, Self.v2LargeStages, resolution: 480, dropout: 0.4)
    case .v2ExtraLarge:
      Self.v2("v2-xl", stem: 32, Self.v2ExtraLargeStages, resolution: 512, dropout: 0.4)
    case .mnasNetA1: Self.standard("mnasnet-a1", Self.mnasNetA1Stages, .relu)
    case .mnasNetB1: Self.standard("mnasnet-b1", Self.mnasNetB1Stages, .relu)
    case .mnasNetSmall: Self.standard("mnasnet-small", stem: 8, Self.mnasNetSmallStages, .relu)
    case .mobileNetV1:
      Architecture(
        name: "mobilenet-v1", resolution: 224, stem: 32, stages: Self.mobileNetV1Stages, head: nil,
        activation: .relu, dropout: 0.001)
    case .mobileNetV2:
      Architecture(
        name: "mobilenet-v2", resolution: 224, stem: 32, stages: Self.mobileNetV2Stages, head: 1280,
        activation: .relu6, dropout: 0.2, batchNormMomentum: 0.997)
    case .resNet50Style:
      Architecture(
        name: "resnet-50-style", resolution: 224, stem: 64, stages: Self.resNet50StyleStages,
        head: nil, activation: .relu, dropout: 0, batchNormEpsilon: 1e-5, batchNormMomentum: 0.9,
        padding: .symmetric)
    case .article:
      Architecture(
        name: "article-b0", resolution: 224, stem: 32, stages: Self.articleStages, head: 1280,
        activation: .silu, dropout: 0.2, convolutionBias: true)
    }
  }

  private static func v2(
    _ name: String, stem: Int, _ stages: [Stage], resolution: Int, dropout: Double
  ) -> Architecture {
    Architecture(
      name: name, resolution: resolution, stem: stem, stages: stages, head: 1280,
      activation: .silu, dropout: dropout, stochasticDepth: 0.2, batchNormMomentum: 0.9)
  }

  /// The common settings of MnasNet and the first EfficientNets.
  private static func standard(
    _ name: String, stem: Int = 32, _ stages: [Stage], _ activation: Activation,
    stochasticDepth: Double = 0
  ) -> Architecture {
    Architecture(
      name: name, resolution: 224, stem: stem, stages: stages, head: 1280, activation: activation,
      dropout: 0.2, stochasticDepth: stochasticDepth)
  }

  /// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), table 1.
  private static let efficientNetStages: [Stage] = [
    .mbConv(expand: 1, kernel: 3, stride: 1, channels: 16, repeats: 1),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 24, repeats: 2),
    .mbConv(expand: 6, kernel: 5, stride: 2, channels: 40, repeats: 2),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 80, repeats: 3),
    .mbConv(expand: 6, kernel: 5, stride: 1, channels: 112, repeats: 3),
    .mbConv(expand: 6, kernel: 5, stride: 2, channels: 192, repeats: 4),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 320, repeats: 1),
  ]

  /// EfficientNet's stages without squeeze-and-excitation.
  private static let liteStages = efficientNetStages.map { stage in
    var stage = stage
    stage.squeeze = nil
    return stage
  }

  /// The first block expands from 24 channels although the stem has 32 outputs, as in the released
  /// code.
  ///
  /// Source:
  /// [tensorflow/tpu](https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet),
  /// edgetpu/efficientnet_edgetpu_builder.py.
  private static let edgeTPUStages: [Stage] = [
    .fusedMBConv(
      expand: 4, kernel: 3, stride: 1, channels: 24, repeats: 1, skip: .none, expandedFrom: 24),
    .fusedMBConv(expand: 8, kernel: 3, stride: 2, channels: 32, repeats: 2),
    .fusedMBConv(expand: 8, kernel: 3, stride: 2, channels: 48, repeats: 4),
    .mbConv(expand: 8, kernel: 5, stride: 2, channels: 96, repeats: 5, squeeze: nil),
    .mbConv(expand: 8, kernel: 5, stride: 1, channels: 144, repeats: 4, squeeze: nil),
    .mbConv(expand: 8, kernel: 5, stride: 2, channels: 192, repeats: 2, squeeze: nil),
  ]

  /// Source for all V2 tables: Tan & Le 2021, [EfficientNetV2](https://arxiv.org/abs/2104.00298),
  /// and [effnetv2_configs.py](https://github.com/google/automl/tree/master/efficientnetv2).
  private static let v2BaseStages: [Stage] = [
    .fusedMBConv(expand: 1, kernel: 3, stride: 1, channels: 16, repeats: 1),
    .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 32, repeats: 2),
    .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 48, repeats: 2),
    .mbConv(expand: 4, kernel: 3, stride: 2, channels: 96, repeats: 3),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 112, repeats: 5),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 192, repeats: 8),
  ]

  /// Source: table 4 of the paper.
  private static let v2SmallStages: [Stage] = [
    .fusedMBConv(expand: 1, kernel: 3, stride: 1, channels: 24, repeats: 2),
    .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 48, repeats: 4),
    .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 64, repeats: 4),
    .mbConv(expand: 4, kernel: 3, stride: 2, channels: 128, repeats: 6),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 160, repeats: 9),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 256, repeats: 15),
  ]

  private static let v2MediumStages: [Stage] = [
    .fusedMBConv(expand: 1, kernel: 3, stride: 1, channels: 24, repeats: 3),
    .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 48, repeats: 5),
    .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 80, repeats: 5),
    .mbConv(expand: 4, kernel: 3, stride: 2, channels: 160, repeats: 7),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 176, repeats: 14),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 304, repeats: 18),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 512, repeats: 5),
  ]

  private static let v2LargeStages: [Stage] = [
    .fusedMBConv(expand: 1, kernel: 3, stride: 1, channels: 32, repeats: 4),
    .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 64, repeats: 7),
    .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 96, repeats: 7),
    .mbConv(expand: 4, kernel: 3, stride: 2, channels: 192, repeats: 10),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 224, repeats: 19),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 384, repeats: 25),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 640, repeats: 7),
  ]

  private static let v2ExtraLargeStages: [Stage] = [
    .fusedMBConv(expand: 1, kernel: 3, stride: 1, channels: 32, repeats: 4),
    .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 64, repeats: 8),
    .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 96, repeats: 8),
    .mbConv(expand: 4, kernel: 3, stride: 2, channels: 192, repeats: 16),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 256, repeats: 24),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 512, repeats: 32),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 640, repeats: 8),
  ]

  /// Source for all MnasNet tables: Tan et al. 2019, [MnasNet](https://arxiv.org/abs/1807.11626),
  /// figure 7, and
  /// [mnasnet_models.py](https://github.com/tensorflow/tpu/tree/master/models/official/mnasnet).
  private static let mnasNetA1Stages: [Stage] = [
    .mbConv(expand: 1, kernel: 3, stride: 1, channels: 16, repeats: 1, squeeze: nil, skip: .none),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 24, repeats: 2, squeeze: nil),
    .mbConv(expand: 3, kernel: 5, stride: 2, channels: 40, repeats: 3),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 80, repeats: 4, squeeze: nil),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 112, repeats: 2),
    .mbConv(expand: 6, kernel: 5, stride: 2, channels: 160, repeats: 3),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 320, repeats: 1, squeeze: nil),
  ]

  private static let mnasNetB1Stages: [Stage] = [
    .mbConv(expand: 1, kernel: 3, stride: 1, channels: 16, repeats: 1, squeeze: nil, skip: .none),
    .mbConv(expand: 3, kernel: 3, stride: 2, channels: 24, repeats: 3, squeeze: nil),
    .mbConv(expand: 3, kernel: 5, stride: 2, channels: 40, repeats: 3, squeeze: nil),
    .mbConv(expand: 6, kernel: 5, stride: 2, channels: 80, repeats: 3, squeeze: nil),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 96, repeats: 2, squeeze: nil),
    .mbConv(expand: 6, kernel: 5, stride: 2, channels: 192, repeats: 4, squeeze: nil),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 320, repeats: 1, squeeze: nil, skip: .none),
  ]

  /// The released code declares 16 input channels for the first block but passes 8. Input and
  /// output then have 8 channels each, but the code does not add them.
  private static let mnasNetSmallStages: [Stage] = [
    .mbConv(expand: 1, kernel: 3, stride: 1, channels: 8, repeats: 1, squeeze: nil, skip: .none),
    .mbConv(expand: 3, kernel: 3, stride: 2, channels: 16, repeats: 1, squeeze: nil),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 16, repeats: 2, squeeze: nil),
    .mbConv(expand: 6, kernel: 5, stride: 2, channels: 32, repeats: 4),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 32, repeats: 3),
    .mbConv(expand: 6, kernel: 5, stride: 2, channels: 88, repeats: 3),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 144, repeats: 1, squeeze: nil),
  ]

  /// Source: Howard et al. 2017, [MobileNets](https://arxiv.org/abs/1704.04861), table 1. The
  /// table's last stride of 2 is 1 here, since the feature map stays 7×7. Dropout and batch norm
  /// are those of [Keras' MobileNet](https://github.com/keras-team/keras),
  /// applications/mobilenet.py.
  private static let mobileNetV1Stages: [Stage] = [
    .separable(kernel: 3, stride: 1, channels: 64, repeats: 1),
    .separable(kernel: 3, stride: 2, channels: 128, repeats: 2),
    .separable(kernel: 3, stride: 2, channels: 256, repeats: 2),
    .separable(kernel: 3, stride: 2, channels: 512, repeats: 6),
    .separable(kernel: 3, stride: 2, channels: 1024, repeats: 2),
  ]

  /// ResNet-50's table, with two differences at its beginning: the stem's filter is 3×3 instead of
  /// 7×7 (1,728 weights instead of 9,408), and the first block has the stride of the omitted max
  /// pooling. Everything after that block is ResNet-50's: 25,549,352 parameters instead of
  /// 25,557,032, and 4.031 G multiply-adds instead of 4.089 G. Batch norm and padding are
  /// torchvision's.
  ///
  /// Source: He et al. 2015, [Deep Residual Learning](https://arxiv.org/abs/1512.03385), table 1.
  private static let resNet50StyleStages: [Stage] = [
    .bottleneck(stride: 2, channels: 256, repeats: 3),
    .bottleneck(stride: 2, channels: 512, repeats: 4),
    .bottleneck(stride: 2, channels: 1024, repeats: 6),
    .bottleneck(stride: 2, channels: 2048, repeats: 3),
  ]

  /// Source: Sandler et al. 2018, [MobileNetV2](https://arxiv.org/abs/1801.04381), table 2.
  private static let mobileNetV2Stages: [Stage] = [
    .mbConv(expand: 1, kernel: 3, stride: 1, channels: 16, repeats: 1, squeeze: nil),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 24, repeats: 2, squeeze: nil),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 32, repeats: 3, squeeze: nil),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 64, repeats: 4, squeeze: nil),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 96, repeats: 3, squeeze: nil),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 160, repeats: 3, squeeze: nil),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 320, repeats: 1, squeeze: nil),
  ]

  /// B0's table with the article's blocks, exactly as in the article's code.
  ///
  /// Source: "EfficientNet 网络原理与 Tensorflow2.0 实现", 2023-10-28.
  private static let articleStages = efficientNetStages.map { stage in
    Stage.articleMBConv(
      expand: stage.expand, kernel: stage.kernel, stride: stage.stride, channels: stage.channels,
      repeats: stage.repeats)
  }
}
