// The public interface of this library uses file errors and thread pools.
@_exported public import EfficientNetSystem
