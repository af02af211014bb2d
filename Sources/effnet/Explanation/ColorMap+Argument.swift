public import ArgumentParser
public import EfficientNetReports

extension ColorMap: ExpressibleByArgument {}
