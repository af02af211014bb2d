@testable import EfficientNetTraining

/// Augmentations whose results show whether their random numbers are equal.
enum TestAugmentation {
  static let random = Augmentation(crop: RandomResizedCrop(), flip: 0.5)
  static let mixing = Augmentation(mixing: Mixing(mixup: 0.4, cutmix: 1))
}
