/// Which part of a network stays as it is.
public enum Freezing: Hashable, Codable, Sendable, CustomStringConvertible {
  /// Nothing.
  case nothing
  /// Everything but the classifier.
  case backbone
  /// The stem and the stages up to this one, from 1 on.
  case stages(upTo: Int)

  /// The form in which `--freeze` takes it: "nothing", "backbone", "backbone:3".
  public init?(_ text: String) {
    switch text {
    case "nothing", "none": self = .nothing
    case "backbone": self = .backbone
    default:
      guard text.hasPrefix("backbone:"), let stage = Int(text.dropFirst(9)), stage >= 1 else {
        return nil
      }
      self = .stages(upTo: stage)
    }
  }

  /// The same form.
  public var description: String {
    switch self {
    case .nothing: "nothing"
    case .backbone: "backbone"
    case .stages(let stage): "backbone:\(stage)"
    }
  }

  /// Whether a layer is trained; `name` is that of a parameter or a norm.
  public func trains(_ name: String) -> Bool {
    switch self {
    case .nothing: return true
    case .backbone: return name.hasPrefix("classifier")
    case .stages(let last):
      let parts = name.split(separator: ".")
      switch parts[0] {
      case "conv_stem", "bn1": return false
      case "blocks": return (Int(parts[1]) ?? 0) >= last
      default: return true
      }
    }
  }
}
