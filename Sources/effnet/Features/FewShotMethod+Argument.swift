public import ArgumentParser
public import EfficientNetFeatures

extension FewShotClassifier.Method: ExpressibleByArgument {}
