internal import EfficientNet

extension RunConfiguration {
  /// What is wrong with the settings, wherever they come from, and what they may be; nil if nothing.
  public var complaint: String? {
    recipe.complaint ?? networkComplaint ?? limitsComplaint
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
      return "what stays as it is ends with stage \(last); "
        + "\(architecture.name) has stages 1 to \(architecture.stages.count)"
    }
    return nil
  }

  private var limitsComplaint: String? {
    if brokenLimit < 0 {
      return "broken photos put up with are \(brokenLimit); they may be 0 or more"
    }
    if !(checkpointMinutes > 0 && checkpointMinutes.isFinite) {
      return "minutes between checkpoints are \(checkpointMinutes); they may be any number above 0"
    }
    if !(validationShare >= 0 && validationShare < 1) {
      return "the share of photos to validate with is \(validationShare); it may be 0..<1"
    }
    if let limit, limit < 1 { return "the most photos are \(limit); they may be 1 or more" }
    return nil
  }
}
