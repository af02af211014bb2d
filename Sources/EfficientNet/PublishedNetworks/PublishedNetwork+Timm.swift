/// timm's networks with the tag, resolution, crop and normalization of their default weights; nil
/// for networks without weights.
///
/// Source: [timm](https://github.com/huggingface/pytorch-image-models) 1.0.31,
/// models/efficientnet.py.
let timmNetworks: [PublishedNetwork] = [
  timm("efficientnet_b0", "ra_in1k", "b0", 224, crop: 0.875),
  timm("efficientnet_b1", "ra4_e3600_r240_in1k", "b1", 240, crop: 0.9, isNormalizedByHalf: true),
  timm("efficientnet_b2", "ra_in1k", "b2", 256, crop: 0.875),
  timm("efficientnet_b3", "ra2_in1k", "b3", 288, crop: 0.875),
  timm("efficientnet_b4", "ra2_in1k", "b4", 320, crop: 0.875),
  timm("efficientnet_b5", "sw_in12k_ft_in1k", "b5", 448, crop: 1.0, squash: true),
  timm("efficientnet_b6", nil, "b6", 528, crop: 0.942),
  timm("efficientnet_b7", nil, "b7", 600, crop: 0.949),
  timm("efficientnet_b8", nil, "b8", 672, crop: 0.954),
  timm("efficientnet_l2", nil, "l2", 800, crop: 0.961),
  timm("efficientnet_es", "ra_in1k", "edgetpu-s", 224, crop: 0.875),
  timm("efficientnet_em", "ra2_in1k", "edgetpu-m", 240, crop: 0.882),
  timm("efficientnet_el", "ra_in1k", "edgetpu-l", 300, crop: 0.904),
  timm("efficientnet_lite0", "ra_in1k", "lite0", 224, crop: 0.875),
  timm("efficientnet_lite1", nil, "lite1", 240, crop: 0.882),
  timm("efficientnet_lite2", nil, "lite2", 260, crop: 0.89),
  timm("efficientnet_lite3", nil, "lite3", 300, crop: 0.904),
  timm("efficientnet_lite4", nil, "lite4", 380, crop: 0.922),
  timm("efficientnetv2_s", nil, "v2-s", 288, crop: 1.0),
  timm("efficientnetv2_m", nil, "v2-m", 320, crop: 1.0),
  timm("efficientnetv2_l", nil, "v2-l", 384, crop: 1.0),
  timm("efficientnetv2_xl", nil, "v2-xl", 384, crop: 1.0),
  timm("mnasnet_050", nil, "mnasnet-b1", width: 0.5, 224, crop: 0.875),
  timm("mnasnet_075", nil, "mnasnet-b1", width: 0.75, 224, crop: 0.875),
  timm("mnasnet_100", "rmsp_in1k", "mnasnet-b1", 224, crop: 0.875),
  timm("mnasnet_140", nil, "mnasnet-b1", width: 1.4, 224, crop: 0.875),
  timm("semnasnet_050", nil, "mnasnet-a1", width: 0.5, 224, crop: 0.875),
  timm("semnasnet_075", "rmsp_in1k", "mnasnet-a1", width: 0.75, 224, crop: 0.875),
  timm("semnasnet_100", "rmsp_in1k", "mnasnet-a1", 224, crop: 0.875),
  timm("semnasnet_140", nil, "mnasnet-a1", width: 1.4, 224, crop: 0.875),
  timm("mnasnet_small", "lamb_in1k", "mnasnet-small", 224, crop: 0.875),
  timm(
    "mobilenetv1_100", "ra4_e3600_r224_in1k", "mobilenet-v1", 224, crop: 0.875,
    isNormalizedByHalf: true),
  timm(
    "mobilenetv1_125", "ra4_e3600_r224_in1k", "mobilenet-v1", width: 1.25, 224, crop: 0.9,
    isNormalizedByHalf: true),
  timm("mobilenetv2_035", nil, "mobilenet-v2", width: 0.35, 224, crop: 0.875),
  timm("mobilenetv2_050", "lamb_in1k", "mobilenet-v2", width: 0.5, 224, crop: 0.875),
  timm("mobilenetv2_075", nil, "mobilenet-v2", width: 0.75, 224, crop: 0.875),
  timm("mobilenetv2_100", "ra_in1k", "mobilenet-v2", 224, crop: 0.875),
  timm("mobilenetv2_140", "ra_in1k", "mobilenet-v2", width: 1.4, 224, crop: 0.875),
  timm("tf_efficientnet_b0", "ns_jft_in1k", "b0", 224, crop: 0.875),
  timm("tf_efficientnet_b1", "ns_jft_in1k", "b1", 240, crop: 0.882),
  timm("tf_efficientnet_b2", "ns_jft_in1k", "b2", 260, crop: 0.89),
  timm("tf_efficientnet_b3", "ns_jft_in1k", "b3", 300, crop: 0.904),
  timm("tf_efficientnet_b4", "ns_jft_in1k", "b4", 380, crop: 0.922),
  timm("tf_efficientnet_b5", "ns_jft_in1k", "b5", 456, crop: 0.934),
  timm("tf_efficientnet_b6", "ns_jft_in1k", "b6", 528, crop: 0.942),
  timm("tf_efficientnet_b7", "ns_jft_in1k", "b7", 600, crop: 0.949),
  timm("tf_efficientnet_b8", "ap_in1k", "b8", 672, crop: 0.954, isNormalizedByHalf: true),
  timm("tf_efficientnet_l2", "ns_jft_in1k_475", "l2", 475, crop: 0.936),
  timm("tf_efficientnet_es", "in1k", "edgetpu-s", 224, crop: 0.875, isNormalizedByHalf: true),
  timm("tf_efficientnet_em", "in1k", "edgetpu-m", 240, crop: 0.882, isNormalizedByHalf: true),
  timm("tf_efficientnet_el", "in1k", "edgetpu-l", 300, crop: 0.904, isNormalizedByHalf: true),
  timm("tf_efficientnet_lite0", "in1k", "lite0", 224, crop: 0.875, isNormalizedByHalf: true),
  timm("tf_efficientnet_lite1", "in1k", "lite1", 240, crop: 0.882, isNormalizedByHalf: true),
  timm("tf_efficientnet_lite2", "in1k", "lite2", 260, crop: 0.89, isNormalizedByHalf: true),
  timm(
    "tf_efficientnet_lite3", "in1k", "lite3", 300, crop: 0.904, .bilinear, isNormalizedByHalf: true),
  timm(
    "tf_efficientnet_lite4", "in1k", "lite4", 380, crop: 0.92, .bilinear, isNormalizedByHalf: true),
  timm("tf_efficientnetv2_b0", "in1k", "v2-b0", 192, crop: 0.875),
  timm("tf_efficientnetv2_b1", "in1k", "v2-b1", 192, crop: 0.882),
  timm("tf_efficientnetv2_b2", "in1k", "v2-b2", 208, crop: 0.89),
  timm(
    "tf_efficientnetv2_b3", "in21k_ft_in1k", "v2-b3", 240, crop: 0.9, isNormalizedByHalf: true,
    squash: true),
  timm("tf_efficientnetv2_s", "in21k_ft_in1k", "v2-s", 300, crop: 1.0, isNormalizedByHalf: true),
  timm(
    "tf_efficientnetv2_m", "in21k_ft_in1k", "v2-m", 384, crop: 1.0, isNormalizedByHalf: true,
    squash: true),
  timm(
    "tf_efficientnetv2_l", "in21k_ft_in1k", "v2-l", 384, crop: 1.0, isNormalizedByHalf: true,
    squash: true),
  timm(
    "tf_efficientnetv2_xl", "in21k_ft_in1k", "v2-xl", 384, crop: 1.0, isNormalizedByHalf: true,
    squash: true),
]

/// Describes a network of timm. The shorter side is resized to the resolution divided by `crop`,
/// rounded down to whole pixels.
///
/// - Parameters:
///   - name: The name in timm; it begins with "tf_" if the weights are from TensorFlow.
///   - tag: The end of the name of the weights' repository, "timm/name.tag".
private func timm(
  _ name: String, _ tag: String?, _ variantName: String, width: Double? = nil, _ resolution: Int,
  crop: Double,
  _ interpolation: Interpolation = .bicubic, isNormalizedByHalf: Bool = false, squash: Bool = false
) -> PublishedNetwork {
  let resize = Int(Double(resolution) / crop)
  return PublishedNetwork(
    name, name.hasPrefix("tf_") ? .timmTensorFlow : .timm, variant(variantName, width: width),
    isNormalizedByHalf
      ? .even(
        resize: resize, crop: resolution, interpolation, squash: squash, mean: 127.5, std: 127.5)
      : .imageNet(resize: resize, crop: resolution, interpolation, squash: squash), tag: tag)
}
