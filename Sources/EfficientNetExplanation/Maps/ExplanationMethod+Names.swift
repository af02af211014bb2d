extension ExplanationMethod {
  /// What it is called in JSON.
  package var name: String {
    switch self {
    case .classActivation: "cam"
    case .gradCAM: "grad-cam"
    case .occlusion: "occlusion"
    }
  }

  /// What it is called in file names.
  package var fileName: String {
    if case .gradCAM(let stage) = self { "\(name).\(stage)" } else { name }
  }

  /// With its details, for people.
  package var title: String {
    switch self {
    case .classActivation: "class activation map"
    case .gradCAM(let stage): "Grad-CAM of \(stage)"
    case .occlusion(let occlusion): "occlusion by \(occlusion.patch) pixels"
    }
  }
}
