/// torchvision's networks with the transforms of their newest weights.
///
/// Source: [torchvision](https://github.com/pytorch/vision) 0.29, models/efficientnet.py,
/// mobilenetv2.py and mnasnet.py.
let torchvisionNetworks: [PublishedNetwork] = [
  torchvision("efficientnet_b0", "b0", resize: 256, crop: 224, .bicubic),
  torchvision("efficientnet_b1", "b1", resize: 255, crop: 240, .bilinear),
  torchvision("efficientnet_b2", "b2", resize: 288, crop: 288, .bicubic),
  torchvision("efficientnet_b3", "b3", resize: 320, crop: 300, .bicubic),
  torchvision("efficientnet_b4", "b4", resize: 384, crop: 380, .bicubic),
  torchvision("efficientnet_b5", "b5", resize: 456, crop: 456, .bicubic),
  torchvision("efficientnet_b6", "b6", resize: 528, crop: 528, .bicubic),
  torchvision("efficientnet_b7", "b7", resize: 600, crop: 600, .bicubic),
  torchvision("efficientnet_v2_s", "v2-s", resize: 384, crop: 384, .bilinear),
  torchvision("efficientnet_v2_m", "v2-m", resize: 480, crop: 480, .bilinear),
  PublishedNetwork(
    "efficientnet_v2_l", .torchvision, variant("v2-l"),
    .even(resize: 480, crop: 480, .bicubic, mean: 127.5, std: 127.5)),
  torchvision("mobilenet_v2", "mobilenet-v2", resize: 232, crop: 224, .bilinear),
  torchvision("mnasnet0_5", "mnasnet-b1", width: 0.5, resize: 256, crop: 224, .bilinear),
  torchvision("mnasnet0_75", "mnasnet-b1", width: 0.75, resize: 232, crop: 224, .bilinear),
  torchvision("mnasnet1_0", "mnasnet-b1", resize: 256, crop: 224, .bilinear),
  torchvision("mnasnet1_3", "mnasnet-b1", width: 1.3, resize: 232, crop: 224, .bilinear),
]

private func torchvision(
  _ name: String, _ variantName: String, width: Double? = nil, resize: Int, crop: Int,
  _ interpolation: Interpolation
) -> PublishedNetwork {
  PublishedNetwork(
    name, .torchvision, variant(variantName, width: width),
    .imageNet(resize: resize, crop: crop, interpolation))
}

func variant(_ name: String, width: Double? = nil) -> Variant {
  guard let variant = Variant.all.first(where: { $0.name == name }) else {
    preconditionFailure("there is no variant \(name)")
  }
  guard let width else { return variant }
  var scale = variant.scale
  scale.width = width
  return Variant(name: "\(name)-\(width)", family: variant.family, scale: scale)
}
