extension Variant {
  /// The preprocessing with which the published weights of the variant were trained and evaluated.
  ///
  /// Sources: preprocessing.py of [the official
  /// code](https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet)
  /// (CROP_PADDING: the shorter side is resized to the resolution plus 32 pixels) and its lite/ and
  /// edgetpu/ folders (mean 127, deviation 128);
  /// [google/automl](https://github.com/google/automl/tree/master/efficientnetv2) for V2.
  package var preprocessing: Preprocessing {
    let crop = scale.resolution
    switch family {
    case .efficientNet, .v2Base, .mnasNetA1, .mnasNetB1, .mnasNetSmall:
      return .imageNet(resize: crop + 32, crop: crop)
    case .lite, .edgeTPU:
      return .even(resize: crop + 32, crop: crop, mean: 127, std: 128)
    case .v2Small, .v2Medium, .v2Large, .v2ExtraLarge:
      return .even(resize: crop, crop: crop, .bilinear, mean: 128, std: 128)
    case .mobileNetV1, .mobileNetV2:
      return .even(resize: crop + 32, crop: crop, .bilinear, mean: 127.5, std: 127.5)
    case .resNet50Style:
      return .imageNet(resize: crop + 32, crop: crop, .bilinear)
    case .article:
      // The article does not normalize.
      return .even(resize: crop + 32, crop: crop, mean: 0, std: 1)
    }
  }
}

let officialNetworks = Variant.all.map(PublishedNetwork.init(_:))

/// The networks of EfficientNet-PyTorch, which has the official weights and preprocessing.
///
/// Source: [EfficientNet-PyTorch](https://github.com/lukemelas/EfficientNet-PyTorch), utils.py.
let lukemelasNetworks = Variant.all.filter { $0.family == .efficientNet }.map {
  PublishedNetwork("efficientnet-\($0.name)", .lukemelas, $0, $0.preprocessing)
}

/// Keras' applications. They normalize inside the network and leave cropping to the user; the
/// official crop is used here.
///
/// Source: [Keras](https://github.com/keras-team/keras), applications/efficientnet.py and
/// efficientnet_v2.py.
let kerasNetworks: [PublishedNetwork] = Variant.all.compactMap { variant in
  let suffix = variant.name.uppercased()
  switch variant.family {
  case .efficientNet:
    if ["b8", "l2"].contains(variant.name) { return nil }
    return PublishedNetwork("EfficientNet\(suffix)", .keras, variant, variant.preprocessing)
  case .v2Base, .v2Small, .v2Medium, .v2Large:
    let name = "EfficientNetV2\(suffix.dropFirst("V2-".count))"
    return PublishedNetwork(name, .keras, variant, variant.preprocessing)
  case .lite, .edgeTPU, .v2ExtraLarge, .mnasNetA1, .mnasNetB1, .mnasNetSmall, .mobileNetV1,
    .mobileNetV2, .resNet50Style, .article:
    return nil
  }
}
