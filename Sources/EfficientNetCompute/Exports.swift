// Errors of files and thread pools are part of this library's interface.
@_exported public import EfficientNetSystem
