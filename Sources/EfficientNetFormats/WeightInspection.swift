package import EfficientNet

package struct WeightInspection: Encodable {
  /// The comparison of a file with one network.
  package struct Fit: Encodable {
    package let model: String
    package let exact: Bool
    package let classes, channels: Int
    package let padding: String
    package let batchNormEpsilon: Double
    package let missing, extra: [String]
    package let mismatches: [WeightsFit.Mismatch]
    /// Padding, epsilon and preprocessing in words.
    package let assumed: String
    /// The reason why the file cannot be run although its tensors fit, or nil if it can be run.
    package let refusal: String?
    /// The assumptions that the file leaves open.
    package let notes: [String]

    private enum CodingKeys: String, CodingKey {
      case model, exact, classes, channels, padding, missing, extra, mismatches, assumed
      case refusal, notes
      case batchNormEpsilon = "batch_norm_epsilon"
    }

    /// Summarizes a comparison.
    ///
    /// - Parameters:
    ///   - fit: The comparison of the tensors.
    ///   - description: The network, and its preprocessing as far as the file does not state it.
    ///   - frameworkNote: A note on other frameworks' networks, for a file that can be run.
    init(
      _ fit: WeightsFit, of file: WeightFile, as description: ModelDescription,
      frameworkNote: String? = nil
    ) {
      model = description.architecture.name
      var adapted = description
      adapted.architecture = fit.architecture
      var (refusal, notes): (String?, [String]) = (nil, [])
      if fit.missing.isEmpty, fit.mismatches.isEmpty {
        do {
          adapted = try adapted.adapted(toKeras: file, naming: fit.naming, notes: &notes)
          notes += [frameworkNote].compactMap(\.self)
        } catch {
          refusal = "\(error)"
        }
      }
      if description.quantization == nil,
        file.weights.tensors.contains(where: { $0.value.scales != nil })
      {
        refusal =
          "its weights are int8, but the codes of the feature maps are missing in its metadata; use "
          + "the file that 'effnet quantize' wrote"
      }
      (self.refusal, self.notes) = (refusal, notes)
      let architecture = adapted.architecture
      assumed =
        "\(architecture.padding.rawValue) padding, epsilon \(architecture.batchNormEpsilon), "
        + "photos \(adapted.preprocessing.words)"
      exact = fit.isExact
      classes = fit.architecture.classes
      channels = fit.architecture.inputChannels
      padding = architecture.padding.rawValue
      batchNormEpsilon = architecture.batchNormEpsilon
      (missing, extra, mismatches) = (fit.missing, fit.extra, fit.mismatches)
    }
  }

  package struct Tensor: Encodable {
    package let name: String
    package let shape: [Int]
  }

  package let path: String
  package let form: String
  /// The program whose tensor names the file uses.
  package let naming: String?
  package let tensorCount: Int
  package let numbers: Int
  package let metadata: [String: String]
  package let description: ModelDescription?
  package let fits: [Fit]
  /// The published networks that the file fits exactly, if it does not fit the one to compare with.
  package let others: [String]
  /// The names of values that are not the network's and not read.
  package let beside: [String]
  package let tensors: [Tensor]?

  private enum CodingKeys: String, CodingKey {
    case path, form, naming, numbers, metadata, description, fits, others, beside, tensors
    case tensorCount = "tensor_count"
  }

  /// Summarizes a file.
  ///
  /// - Parameters:
  ///   - form: Its format.
  ///   - wanted: The network to compare it with; nil for the networks that it fits.
  package init(
    _ file: WeightFile, path: String, form: String, against wanted: ModelDescription?,
    listsTensors: Bool
  ) throws {
    let weights = file.weights
    self.path = path
    self.form = form
    tensorCount = weights.tensors.count
    numbers = weights.tensors.values.reduce(0) { $0 + $1.count }
    metadata = weights.metadata.filter { $0.key != Model.metadataKey }
    beside = weights.beside
    tensors =
      listsTensors
      ? weights.names.map { Tensor(name: $0, shape: weights.tensors[$0]?.shape ?? []) } : nil
    let map = NameMap.detected(in: weights)
    naming = map?.program
    description = try Model.description(in: weights)
    var compared = description ?? wanted
    if let wanted { compared?.architecture = wanted.architecture }
    if let compared {
      let names = description == nil ? map ?? .timm : .timm
      let fit = WeightsFit(weights, to: compared.architecture, naming: names)
      fits = [
        Fit(
          fit, of: file, as: compared,
          frameworkNote: description == nil
            ? weights.noteOnFramework(readAs: compared) : nil)
      ]
      others =
        fit.isExact
        ? [] : weights.publishedNetworks().filter(\.fit.isExact).map(\.network.name)
    } else {
      others = []
      fits = weights.publishedNetworks().map {
        Fit($0.fit, of: file, as: $0.network.imageNetDescription(provenance: path))
      }
    }
  }
}

extension Preprocessing {
  /// The preprocessing in words, such as "resized to 256, cropped to 224, bicubic, mean 123.675
  /// 116.28 103.53, deviation …".
  package var words: String {
    func numbers(_ values: [Float]) -> String {
      let all = Set(values).count == 1 ? [values[0]] : values
      return all.map { "\(($0 * 1000).rounded() / 1000)" }.joined(separator: " ")
    }
    return "resized to \(resize)\(squash ? "×\(resize)" : ""), cropped to \(crop), "
      + "\(interpolation.rawValue), mean \(numbers(mean)), deviation \(numbers(std))"
  }
}
