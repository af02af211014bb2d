import EfficientNet

extension Architecture {
  /// Returns the lines of Python that load weights with this naming scheme; nil if the program has
  /// no network of this shape.
  ///
  /// - Parameters:
  ///   - path: The file, .safetensors or .npz.
  ///   - naming: The names of the tensors in the file.
  func python(loading path: String, naming: ConvertCommand.Naming) -> String? {
    let isSafetensors = path.lowercased().hasSuffix(".safetensors")
    let file = path.pythonLiteral
    let tensors =
      isSafetensors
      ? "safetensors.torch.load_file(\(file))"
      : "{name: torch.tensor(values) for name, values in numpy.load(\(file)).items()}"
    let load = "; model.load_state_dict(\(tensors))"
    switch naming {
    case .ours: return nil
    case .timm:
      guard let name = name(in: [.timmTensorFlow, .timm], isExact: true) else { return nil }
      let channels = inputChannels == 3 ? "" : ", in_chans=\(inputChannels)"
      let model = "timm.create_model('\(name)', num_classes=\(classes)\(channels)"
      return isSafetensors ? "\(model), checkpoint_path=\(file))" : "model = \(model))\(load)"
    case .torchvision:
      guard inputChannels == 3, let name = name(in: [.torchvision], isExact: false) else {
        return nil
      }
      return "model = torchvision.models.get_model('\(name)', num_classes=\(classes))\(load)"
    }
  }

  /// Returns the name of this network in a framework, without the framework's prefix; nil if it has
  /// none. Classes, input channels and resolution may differ.
  ///
  /// - Parameters:
  ///   - frameworks: The frameworks to search.
  ///   - isExact: Whether padding and batch-norm epsilon must be equal too.
  private func name(in frameworks: Set<Framework>, isExact: Bool) -> String? {
    let found = PublishedNetwork.all.first { network in
      guard frameworks.contains(network.framework) else { return false }
      let theirs = network.architecture
      let isSimilar =
        theirs.stages == stages && theirs.stem == stem && theirs.head == head
        && theirs.activation == activation && theirs.convolutionBias == convolutionBias
      let isEqual = theirs.padding == padding && theirs.batchNormEpsilon == batchNormEpsilon
      return isSimilar && (isEqual || !isExact)
    }
    return found?.name.split(separator: "/").last.map(String.init)
  }
}

extension String {
  /// The text as a string of Python in single quotation marks.
  var pythonLiteral: String {
    "'" + replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }
}
