internal import EfficientNet

extension RunConfiguration {
  /// What is wrong with the settings, wherever they come from, and what they may be; nil if nothing.
  public var complaint: String? {
    recipe.complaint ?? scratchComplaint ?? networkComplaint ?? limitsComplaint
  }

  private var scratchComplaint: String? {
    guard weights == nil else { return nil }
    return recipe.complaintFromScratch
      ?? (freezing == .nothing
        ? nil
        : "random weights are frozen (\(freezing)); train all layers, or start from pretrained weights")
  }

  private var networkComplaint: String? {
    let architecture = model.architecture
    do throws(ArchitectureError) {
      try architecture.validate()
      try architecture.validateForPhotos()
    } catch {
      return "\(error)"
    }
    if let complaint = model.complaint { return "the network cannot be used: \(complaint)" }
    if case .stages(let last) = freezing, !(1...architecture.stages.count ~= last) {
      return "layers up to stage \(last) are to be frozen; "
        + "\(architecture.name) has stages 1 to \(architecture.stages.count)"
    }
    return nil
  }

  private var limitsComplaint: String? {
    if brokenLimit < 0 {
      return "the limit of broken photos is \(brokenLimit); it must be 0 or more"
    }
    if !(checkpointMinutes > 0 && checkpointMinutes.isFinite) {
      return "minutes between checkpoints are \(checkpointMinutes); they may be any number above 0"
    }
    let name = "the share of photos to validate with"
    if let complaint = validationShare.complaint(asShareOf: name) { return complaint }
    if let photoSide, photoSide < 1 {
      return "the photos' shorter side is \(photoSide); it must be 1 or more"
    }
    if let limit, limit < 1 { return "the most photos are \(limit); they may be 1 or more" }
    return nil
  }
}
