internal import EfficientNet

/// The Python names that a file with tensors may contain: those that
/// `torch.load(weights_only=True)` permits, and NumPy's numbers. Every other name is refused.
///
/// Source:
/// [torch/_weights_only_unpickler.py](https://github.com/pytorch/pytorch/blob/v2.9.0/torch/_weights_only_unpickler.py).
enum TorchGlobal: Hashable {
  /// A function or class that creates containers or tensors.
  case function(Function)
  /// `torch.FloatStorage` and its relatives.
  case storage(TorchScalar)
  /// A name without tensors, with the kind of its value, or of the result of calling it, in words.
  case opaque(name: String, kind: String)

  enum Function: String {
    /// The result of `state_dict()`.
    case orderedDictionary = "collections.OrderedDict"
    case counter = "collections.Counter"
    /// The command line that training scripts store with the tensors. Its contents are not needed.
    case namespace = "argparse.Namespace"
    /// A tuple.
    case size = "torch.Size"
    /// Takes `(storage, offset, size, stride, …)`.
    case rebuildTensor = "torch._utils._rebuild_tensor_v2"
    /// Takes `(tensor, requires_grad, hooks, …)`.
    case rebuildParameter = "torch._utils._rebuild_parameter"
    /// Takes `(function, type, arguments, attributes)`.
    case rebuildFromType = "torch._tensor._rebuild_from_type_v2"
  }

  /// Older and newer variants of the functions.
  private static let otherForms: [String: Function] = [
    "torch._utils._rebuild_tensor": .rebuildTensor,
    "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
  ]

  init?(_ name: String) {
    if let function = Function(rawValue: name) ?? Self.otherForms[name] {
      self = .function(function)
    } else if let scalar = TorchScalar.allCases.first(where: { $0.storageName == name }) {
      self = .storage(scalar)
    } else if let kind = Self.opaqueKinds[name] {
      self = .opaque(name: name, kind: kind)
    } else {
      return nil
    }
  }

  var name: String {
    switch self {
    case .function(let function): function.rawValue
    case .storage(let scalar): scalar.storageName
    case .opaque(let name, _): name
    }
  }

  /// The kinds of values that are not needed, by Python name.
  private static let opaqueKinds: [String: String] = {
    var kinds = [
      "_codecs.encode": "bytes",
      "torch.device": "a device",
      "torch.serialization._get_layout": "a layout",
      "torch.Tensor": "a class", "torch.nn.parameter.Parameter": "a class",
      "torch._utils._rebuild_tensor_v3": "a tensor of another type",
      "torch._utils._rebuild_qtensor": "a quantized tensor",
      "torch._utils._rebuild_sparse_tensor": "a sparse tensor",
      "torch._utils._rebuild_meta_tensor_no_storage": "a tensor without elements",
      "torch._utils._rebuild_wrapper_subclass": "a tensor of another class",
      "torch._utils._rebuild_device_tensor_from_numpy": "a tensor of another device",
      "torch._utils._rebuild_device_tensor_from_cpu_tensor": "a tensor of another device",
      "numpy.dtype": "a NumPy type", "numpy.ndarray": "a class",
    ]
    for module in ["builtins", "__builtin__"] {
      kinds["\(module).set"] = "a set"
      kinds["\(module).complex"] = "a complex number"
      kinds["\(module).bytearray"] = "bytes"
    }
    for module in ["numpy.core.multiarray", "numpy._core.multiarray"] {
      kinds["\(module).scalar"] = "a NumPy number"
      kinds["\(module)._reconstruct"] = "a NumPy array"
    }
    let integers = (1...8).flatMap { ["int\($0)", "uint\($0)"] }
    let wider = [16, 32, 64].flatMap { ["int\($0)", "uint\($0)"] }
    let others = [
      "bool", "float16", "float32", "float64", "bfloat16", "complex32", "complex64", "complex128",
      "quint8", "qint8", "qint32", "quint4x2", "quint2x4", "float8_e5m2", "float8_e4m3fn",
      "float8_e5m2fnuz", "float8_e4m3fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2", "bits8", "bits16",
      "bits1x8", "bits2x4", "bits4x2",
    ]
    for type in integers + wider + others { kinds["torch.\(type)"] = "a type" }
    for scheme in [
      "per_tensor_affine", "per_tensor_symmetric", "per_channel_affine", "per_channel_symmetric",
      "per_channel_affine_float_qparams",
    ] { kinds["torch.\(scheme)"] = "a way to quantize" }
    return kinds
  }()
}
