public import ArgumentParser
public import EfficientNetImages

extension ColorMap: ExpressibleByArgument {}
