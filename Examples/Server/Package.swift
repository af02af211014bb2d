// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "classification-server",
  platforms: [.macOS(.v15)],
  dependencies: [
    // In a package of your own: .package(url: "…", from: "…", traits: ["WebP"])
    .package(name: "swift-efficientnet", path: "../..", traits: []),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
  ],
  targets: [
    .executableTarget(
      name: "Server",
      dependencies: [
        .product(name: "EfficientNet", package: "swift-efficientnet"),
        .product(name: "EfficientNetImages", package: "swift-efficientnet"),
        .product(name: "Hummingbird", package: "hummingbird"),
      ])
  ])
