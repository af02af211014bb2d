// The public interface of this library uses tensors, shapes, pixels and thread pools.
@_exported public import EfficientNetCompute
