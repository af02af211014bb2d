// The public interface of this library uses color maps.
@_exported public import EfficientNetReports
