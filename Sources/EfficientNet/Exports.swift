// Tensors, shapes, pixels and thread pools are part of this library's interface.
@_exported public import EfficientNetCompute
