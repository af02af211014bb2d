internal import EfficientNet

extension RunConfiguration {
  /// The first invalid setting as a message; nil if all are valid.
  public var complaint: String? {
    recipe.complaint ?? precision?.trainingComplaint ?? scratchComplaint ?? networkComplaint
      ?? limitsComplaint
  }

  private var scratchComplaint: String? {
    guard weights == nil else { return nil }
    return recipe.complaintFromScratch
      ?? (freezing == .nothing
        ? nil
        : "random weights cannot be frozen (\(freezing)); train all layers, or start from pretrained weights")
  }

  private var networkComplaint: String? {
    let architecture = model.architecture
    do throws(ArchitectureError) {
      try architecture.validate()
      try architecture.validateForPhotos()
    } catch {
      return "\(error)"
    }
    if let complaint = model.complaint { return "the network is invalid: \(complaint)" }
    if case .stages(let last) = freezing, !(1...architecture.stages.count ~= last) {
      return "the last frozen stage is \(last); "
        + "it must be 1 to \(architecture.stages.count) for \(architecture.name)"
    }
    return nil
  }

  private var limitsComplaint: String? {
    if brokenLimit < 0 {
      return "the limit of unreadable photos is \(brokenLimit); it must be at least 0"
    }
    if !(checkpointMinutes > 0 && checkpointMinutes.isFinite) {
      return "minutes between checkpoints are \(checkpointMinutes); they must be above 0 and finite"
    }
    let name = "the validation share"
    if let complaint = validationShare.complaint(asShareOf: name) { return complaint }
    if let photoSide, photoSide < 1 {
      return "the photos' shorter side is \(photoSide); it must be at least 1"
    }
    if let limit, limit < 1 { return "the limit of photos is \(limit); it must be at least 1" }
    if let trainingLimit, trainingLimit < 1 {
      return "the limit of training photos is \(trainingLimit); it must be at least 1"
    }
    return nil
  }
}
