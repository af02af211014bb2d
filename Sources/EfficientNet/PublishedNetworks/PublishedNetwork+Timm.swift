/// timm's networks with the resolution, crop and normalisation of their default weights.
///
/// Source: [timm](https://github.com/huggingface/pytorch-image-models) 1.0.31,
/// models/efficientnet.py.
let timmNetworks: [PublishedNetwork] = [
  timm("efficientnet_b0", "b0", 224, crop: 0.875),
  timm("efficientnet_b1", "b1", 240, crop: 0.9, isNormalizedByHalf: true),
  timm("efficientnet_b2", "b2", 256, crop: 0.875),
  timm("efficientnet_b3", "b3", 288, crop: 0.875),
  timm("efficientnet_b4", "b4", 320, crop: 0.875),
  timm("efficientnet_b5", "b5", 448, crop: 1.0, squash: true),
  timm("efficientnet_b6", "b6", 528, crop: 0.942),
  timm("efficientnet_b7", "b7", 600, crop: 0.949),
  timm("efficientnet_b8", "b8", 672, crop: 0.954),
  timm("efficientnet_l2", "l2", 800, crop: 0.961),
  timm("efficientnet_es", "edgetpu-s", 224, crop: 0.875),
  timm("efficientnet_em", "edgetpu-m", 240, crop: 0.882),
  timm("efficientnet_el", "edgetpu-l", 300, crop: 0.904),
  timm("efficientnet_lite0", "lite0", 224, crop: 0.875),
  timm("efficientnet_lite1", "lite1", 240, crop: 0.882),
  timm("efficientnet_lite2", "lite2", 260, crop: 0.89),
  timm("efficientnet_lite3", "lite3", 300, crop: 0.904),
  timm("efficientnet_lite4", "lite4", 380, crop: 0.922),
  timm("efficientnetv2_s", "v2-s", 288, crop: 1.0),
  timm("efficientnetv2_m", "v2-m", 320, crop: 1.0),
  timm("efficientnetv2_l", "v2-l", 384, crop: 1.0),
  timm("efficientnetv2_xl", "v2-xl", 384, crop: 1.0),
  timm("mnasnet_050", "mnasnet-b1", width: 0.5, 224, crop: 0.875),
  timm("mnasnet_075", "mnasnet-b1", width: 0.75, 224, crop: 0.875),
  timm("mnasnet_100", "mnasnet-b1", 224, crop: 0.875),
  timm("mnasnet_140", "mnasnet-b1", width: 1.4, 224, crop: 0.875),
  timm("semnasnet_050", "mnasnet-a1", width: 0.5, 224, crop: 0.875),
  timm("semnasnet_075", "mnasnet-a1", width: 0.75, 224, crop: 0.875),
  timm("semnasnet_100", "mnasnet-a1", 224, crop: 0.875),
  timm("semnasnet_140", "mnasnet-a1", width: 1.4, 224, crop: 0.875),
  timm("mnasnet_small", "mnasnet-small", 224, crop: 0.875),
  timm("mobilenetv1_100", "mobilenet-v1", 224, crop: 0.875, isNormalizedByHalf: true),
  timm("mobilenetv1_125", "mobilenet-v1", width: 1.25, 224, crop: 0.9, isNormalizedByHalf: true),
  timm("mobilenetv2_035", "mobilenet-v2", width: 0.35, 224, crop: 0.875),
  timm("mobilenetv2_050", "mobilenet-v2", width: 0.5, 224, crop: 0.875),
  timm("mobilenetv2_075", "mobilenet-v2", width: 0.75, 224, crop: 0.875),
  timm("mobilenetv2_100", "mobilenet-v2", 224, crop: 0.875),
  timm("mobilenetv2_140", "mobilenet-v2", width: 1.4, 224, crop: 0.875),
  timm("tf_efficientnet_b0", "b0", 224, crop: 0.875),
  timm("tf_efficientnet_b1", "b1", 240, crop: 0.882),
  timm("tf_efficientnet_b2", "b2", 260, crop: 0.89),
  timm("tf_efficientnet_b3", "b3", 300, crop: 0.904),
  timm("tf_efficientnet_b4", "b4", 380, crop: 0.922),
  timm("tf_efficientnet_b5", "b5", 456, crop: 0.934),
  timm("tf_efficientnet_b6", "b6", 528, crop: 0.942),
  timm("tf_efficientnet_b7", "b7", 600, crop: 0.949),
  timm("tf_efficientnet_b8", "b8", 672, crop: 0.954, isNormalizedByHalf: true),
  timm("tf_efficientnet_l2", "l2", 475, crop: 0.936),
  timm("tf_efficientnet_es", "edgetpu-s", 224, crop: 0.875, isNormalizedByHalf: true),
  timm("tf_efficientnet_em", "edgetpu-m", 240, crop: 0.882, isNormalizedByHalf: true),
  timm("tf_efficientnet_el", "edgetpu-l", 300, crop: 0.904, isNormalizedByHalf: true),
  timm("tf_efficientnet_lite0", "lite0", 224, crop: 0.875, isNormalizedByHalf: true),
  timm("tf_efficientnet_lite1", "lite1", 240, crop: 0.882, isNormalizedByHalf: true),
  timm("tf_efficientnet_lite2", "lite2", 260, crop: 0.89, isNormalizedByHalf: true),
  timm("tf_efficientnet_lite3", "lite3", 300, crop: 0.904, .bilinear, isNormalizedByHalf: true),
  timm("tf_efficientnet_lite4", "lite4", 380, crop: 0.92, .bilinear, isNormalizedByHalf: true),
  timm("tf_efficientnetv2_b0", "v2-b0", 192, crop: 0.875),
  timm("tf_efficientnetv2_b1", "v2-b1", 192, crop: 0.882),
  timm("tf_efficientnetv2_b2", "v2-b2", 208, crop: 0.89),
  timm("tf_efficientnetv2_b3", "v2-b3", 240, crop: 0.9, isNormalizedByHalf: true, squash: true),
  timm("tf_efficientnetv2_s", "v2-s", 300, crop: 1.0, isNormalizedByHalf: true),
  timm("tf_efficientnetv2_m", "v2-m", 384, crop: 1.0, isNormalizedByHalf: true, squash: true),
  timm("tf_efficientnetv2_l", "v2-l", 384, crop: 1.0, isNormalizedByHalf: true, squash: true),
  timm("tf_efficientnetv2_xl", "v2-xl", 384, crop: 1.0, isNormalizedByHalf: true, squash: true),
]

/// Describes a network of timm. The shorter side is resized to the resolution divided by `crop`,
/// rounded down to whole pixels.
///
/// - Parameter name: The name in timm; it begins with "tf_" if the weights are from TensorFlow.
private func timm(
  _ name: String, _ variantName: String, width: Double? = nil, _ resolution: Int, crop: Double,
  _ interpolation: Interpolation = .bicubic, isNormalizedByHalf: Bool = false, squash: Bool = false
) -> PublishedNetwork {
  let resize = Int(Double(resolution) / crop)
  return PublishedNetwork(
    name, name.hasPrefix("tf_") ? .timmTensorFlow : .timm, variant(variantName, width: width),
    isNormalizedByHalf
      ? .even(
        resize: resize, crop: resolution, interpolation, squash: squash, mean: 127.5, std: 127.5)
      : .imageNet(resize: resize, crop: resolution, interpolation, squash: squash))
}
