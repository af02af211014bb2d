/// timm's networks at the resolution, crop and normalisation of their default weights.
///
/// Source: [timm](https://github.com/huggingface/pytorch-image-models) 1.0.31, models/efficientnet.py.
let timmNetworks: [PublishedNetwork] = [
  native("efficientnet_b0", "b0", 224, crop: 0.875),
  native("efficientnet_b1", "b1", 240, crop: 0.9, isNormalizedByHalf: true),
  native("efficientnet_b2", "b2", 256, crop: 0.875),
  native("efficientnet_b3", "b3", 288, crop: 0.875),
  native("efficientnet_b4", "b4", 320, crop: 0.875),
  native("efficientnet_b5", "b5", 448, crop: 1.0, squash: true),
  native("efficientnet_b6", "b6", 528, crop: 0.942),
  native("efficientnet_b7", "b7", 600, crop: 0.949),
  native("efficientnet_b8", "b8", 672, crop: 0.954),
  native("efficientnet_l2", "l2", 800, crop: 0.961),
  native("efficientnet_es", "edgetpu-s", 224, crop: 0.875),
  native("efficientnet_em", "edgetpu-m", 240, crop: 0.882),
  native("efficientnet_el", "edgetpu-l", 300, crop: 0.904),
  native("efficientnet_lite0", "lite0", 224, crop: 0.875),
  native("efficientnet_lite1", "lite1", 240, crop: 0.882),
  native("efficientnet_lite2", "lite2", 260, crop: 0.89),
  native("efficientnet_lite3", "lite3", 300, crop: 0.904),
  native("efficientnet_lite4", "lite4", 380, crop: 0.922),
  native("efficientnetv2_s", "v2-s", 288, crop: 1.0),
  native("efficientnetv2_m", "v2-m", 320, crop: 1.0),
  native("efficientnetv2_l", "v2-l", 384, crop: 1.0),
  native("efficientnetv2_xl", "v2-xl", 384, crop: 1.0),
  native("mnasnet_050", "mnasnet-b1", width: 0.5, 224, crop: 0.875),
  native("mnasnet_075", "mnasnet-b1", width: 0.75, 224, crop: 0.875),
  native("mnasnet_100", "mnasnet-b1", 224, crop: 0.875),
  native("mnasnet_140", "mnasnet-b1", width: 1.4, 224, crop: 0.875),
  native("semnasnet_050", "mnasnet-a1", width: 0.5, 224, crop: 0.875),
  native("semnasnet_075", "mnasnet-a1", width: 0.75, 224, crop: 0.875),
  native("semnasnet_100", "mnasnet-a1", 224, crop: 0.875),
  native("semnasnet_140", "mnasnet-a1", width: 1.4, 224, crop: 0.875),
  native("mnasnet_small", "mnasnet-small", 224, crop: 0.875),
  native("mobilenetv1_100", "mobilenet-v1", 224, crop: 0.875, isNormalizedByHalf: true),
  native(
    "mobilenetv1_125", "mobilenet-v1", width: 1.25, 224, crop: 0.9, isNormalizedByHalf: true),
  native("mobilenetv2_035", "mobilenet-v2", width: 0.35, 224, crop: 0.875),
  native("mobilenetv2_050", "mobilenet-v2", width: 0.5, 224, crop: 0.875),
  native("mobilenetv2_075", "mobilenet-v2", width: 0.75, 224, crop: 0.875),
  native("mobilenetv2_100", "mobilenet-v2", 224, crop: 0.875),
  native("mobilenetv2_140", "mobilenet-v2", width: 1.4, 224, crop: 0.875),
  tensorFlow("tf_efficientnet_b0", "b0", 224, crop: 0.875),
  tensorFlow("tf_efficientnet_b1", "b1", 240, crop: 0.882),
  tensorFlow("tf_efficientnet_b2", "b2", 260, crop: 0.89),
  tensorFlow("tf_efficientnet_b3", "b3", 300, crop: 0.904),
  tensorFlow("tf_efficientnet_b4", "b4", 380, crop: 0.922),
  tensorFlow("tf_efficientnet_b5", "b5", 456, crop: 0.934),
  tensorFlow("tf_efficientnet_b6", "b6", 528, crop: 0.942),
  tensorFlow("tf_efficientnet_b7", "b7", 600, crop: 0.949),
  tensorFlow("tf_efficientnet_b8", "b8", 672, crop: 0.954, isNormalizedByHalf: true),
  tensorFlow("tf_efficientnet_l2", "l2", 475, crop: 0.936),
  tensorFlow("tf_efficientnet_es", "edgetpu-s", 224, crop: 0.875, isNormalizedByHalf: true),
  tensorFlow("tf_efficientnet_em", "edgetpu-m", 240, crop: 0.882, isNormalizedByHalf: true),
  tensorFlow("tf_efficientnet_el", "edgetpu-l", 300, crop: 0.904, isNormalizedByHalf: true),
  tensorFlow("tf_efficientnet_lite0", "lite0", 224, crop: 0.875, isNormalizedByHalf: true),
  tensorFlow("tf_efficientnet_lite1", "lite1", 240, crop: 0.882, isNormalizedByHalf: true),
  tensorFlow("tf_efficientnet_lite2", "lite2", 260, crop: 0.89, isNormalizedByHalf: true),
  tensorFlow(
    "tf_efficientnet_lite3", "lite3", 300, crop: 0.904, .bilinear, isNormalizedByHalf: true),
  tensorFlow(
    "tf_efficientnet_lite4", "lite4", 380, crop: 0.92, .bilinear, isNormalizedByHalf: true),
  tensorFlow("tf_efficientnetv2_b0", "v2-b0", 192, crop: 0.875),
  tensorFlow("tf_efficientnetv2_b1", "v2-b1", 192, crop: 0.882),
  tensorFlow("tf_efficientnetv2_b2", "v2-b2", 208, crop: 0.89),
  tensorFlow(
    "tf_efficientnetv2_b3", "v2-b3", 240, crop: 0.9, isNormalizedByHalf: true, squash: true),
  tensorFlow("tf_efficientnetv2_s", "v2-s", 300, crop: 1.0, isNormalizedByHalf: true),
  tensorFlow("tf_efficientnetv2_m", "v2-m", 384, crop: 1.0, isNormalizedByHalf: true, squash: true),
  tensorFlow("tf_efficientnetv2_l", "v2-l", 384, crop: 1.0, isNormalizedByHalf: true, squash: true),
  tensorFlow(
    "tf_efficientnetv2_xl", "v2-xl", 384, crop: 1.0, isNormalizedByHalf: true, squash: true),
]

private func native(
  _ name: String, _ variantName: String, width: Double? = nil, _ resolution: Int, crop: Double,
  isNormalizedByHalf: Bool = false, squash: Bool = false
) -> PublishedNetwork {
  timm(
    name, .timm, variant(variantName, width: width), resolution, crop, .bicubic,
    isNormalizedByHalf, squash)
}

private func tensorFlow(
  _ name: String, _ variantName: String, _ resolution: Int, crop: Double,
  _ interpolation: Interpolation = .bicubic, isNormalizedByHalf: Bool = false, squash: Bool = false
) -> PublishedNetwork {
  timm(
    name, .timmTensorFlow, variant(variantName), resolution, crop, interpolation,
    isNormalizedByHalf, squash)
}

/// timm resizes so that the crop is the given share of the shorter side, cut to whole pixels.
private func timm(
  _ name: String, _ framework: Framework, _ variant: Variant, _ resolution: Int, _ crop: Double,
  _ interpolation: Interpolation, _ isNormalizedByHalf: Bool, _ squash: Bool
) -> PublishedNetwork {
  let resize = Int(Double(resolution) / crop)
  return PublishedNetwork(
    name, framework, variant,
    isNormalizedByHalf
      ? .even(
        resize: resize, crop: resolution, interpolation, squash: squash, mean: 127.5, std: 127.5)
      : .imageNet(resize: resize, crop: resolution, interpolation, squash: squash))
}
