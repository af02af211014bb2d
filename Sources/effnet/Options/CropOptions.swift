import ArgumentParser
import EfficientNet

/// The option for the part of a photo that the network sees.
struct CropOptions: ParsableArguments {
  @Option(
    number: """
      Share of a photo's shorter side that the network sees in validation and later use, 0.25 to 1; \
      1 shows the whole side (default: that of the network, about 0.875). Training shows random \
      parts of the photo, if the recipe has random crops.
      """, value: "fraction")
  var crop: Double?

  func validate() throws {
    try check(crop, "--crop", Preprocessing.cropShares)
  }

  /// Sets the crop of a model's preprocessing, if given.
  func apply(to model: inout Model) {
    guard let crop else { return }
    model.description.preprocessing = model.description.preprocessing.withCropShare(crop)
  }
}
