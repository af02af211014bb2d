internal import EfficientNet

/// The Python names that a file of tensors may mention. Every other name is refused.
enum TorchGlobal: Hashable {
  /// `collections.OrderedDict`: what `state_dict()` returns.
  case orderedDictionary
  /// `argparse.Namespace`: the command line that training scripts keep beside the tensors. Its
  /// contents are not looked at.
  case namespace
  /// `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, …)`.
  case rebuildTensor
  /// `torch._utils._rebuild_parameter(tensor, requires_grad, hooks)`.
  case rebuildParameter
  /// `torch.FloatStorage` and its relatives.
  case storage(TorchScalar)

  /// The value of a Python name, or nil if it is not one of these.
  init?(_ name: String) {
    switch name {
    case "collections.OrderedDict": self = .orderedDictionary
    case "argparse.Namespace": self = .namespace
    case "torch._utils._rebuild_tensor_v2": self = .rebuildTensor
    case "torch._utils._rebuild_parameter": self = .rebuildParameter
    default:
      guard let scalar = TorchScalar.allCases.first(where: { $0.storageName == name }) else {
        return nil
      }
      self = .storage(scalar)
    }
  }

  /// The Python name.
  var name: String {
    switch self {
    case .orderedDictionary: "collections.OrderedDict"
    case .namespace: "argparse.Namespace"
    case .rebuildTensor: "torch._utils._rebuild_tensor_v2"
    case .rebuildParameter: "torch._utils._rebuild_parameter"
    case .storage(let scalar): scalar.storageName
    }
  }
}

/// The element types of PyTorch's storages.
enum TorchScalar: String, CaseIterable {
  case float = "Float"
  case half = "Half"
  case bfloat16 = "BFloat16"
  case double = "Double"
  case long = "Long"
  case int = "Int"
  case short = "Short"
  case char = "Char"
  case byte = "Byte"
  case bool = "Bool"

  /// For instance "torch.FloatStorage".
  var storageName: String { "torch.\(rawValue)Storage" }

  /// The size of one element.
  var byteCount: Int {
    switch self {
    case .double, .long: 8
    case .float, .int: 4
    case .half, .bfloat16, .short: 2
    case .char, .byte, .bool: 1
    }
  }

  /// How to read an element as a float, or nil for integers.
  var elementType: ElementType? {
    switch self {
    case .float: .float32
    case .half: .float16
    case .bfloat16: .bfloat16
    case .double: .float64
    case .long, .int, .short, .char, .byte, .bool: nil
    }
  }
}
