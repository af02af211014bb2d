// swift-tools-version: 6.3
import PackageDescription

// A warning of a newer compiler must not break the build of a user. The tests set the variable.
let isStrict = Context.environment["EFFNET_STRICT"] != nil
let strictSwift: [SwiftSetting] = isStrict ? [.treatAllWarnings(as: .error)] : []
let strictC: [CSetting] = isStrict ? [.treatAllWarnings(as: .error)] : []

/// The settings of every Swift target: language mode 6 and what the next mode will bring.
let swiftSettings: [SwiftSetting] =
  strictSwift + [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .define("EFFNET_WEBP", .when(traits: ["WebP"])),
  ]

/// The settings of the tests of the command, which are compiled last, alone, and in half the time
/// without optimization. They call the command; other tests compute. SwiftPM allows such a flag in
/// tests, which no other package builds.
let commandTestSettings = swiftSettings + [.unsafeFlags(["-Onone"])]

let cSettings: [CSetting] = strictC + [.define("EFFNET_WEBP", .when(traits: ["WebP"]))]

let package = Package(
  name: "swift-efficientnet",
  products: [
    .library(name: "EfficientNet", targets: ["EfficientNet"]),
    .library(name: "EfficientNetImages", targets: ["EfficientNetImages"]),
    .library(name: "EfficientNetFormats", targets: ["EfficientNetFormats"]),
    .library(name: "EfficientNetHub", targets: ["EfficientNetHub"]),
    .library(name: "EfficientNetFeatures", targets: ["EfficientNetFeatures"]),
    .library(name: "EfficientNetTraining", targets: ["EfficientNetTraining"]),
    .library(name: "EfficientNetSearch", targets: ["EfficientNetSearch"]),
    .library(name: "EfficientNetExplanation", targets: ["EfficientNetExplanation"]),
    .library(name: "EfficientNetQuantization", targets: ["EfficientNetQuantization"]),
    .executable(name: "effnet", targets: ["effnet"]),
    .executable(name: "effnet-serve", targets: ["effnet-serve"]),
  ],
  traits: [
    .trait(name: "Tools", description: "The command effnet."),
    .trait(name: "WebP", description: "WebP photos, by libwebp."),
    .trait(
      name: "Serve", description: "The server effnet-serve, which 'effnet serve' runs.",
      enabledTraits: ["Tools"]),
    .default(enabledTraits: ["Tools"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
  ],
  targets: [
    // The C side: SIMD kernels, and libraries of the system.
    .target(
      name: "CEfficientNetKernels",
      exclude: ["ops"],
      cSettings: [.headerSearchPath(".")] + strictC,
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(name: "CEfficientNetSystem", cSettings: strictC),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CFontconfig", pkgConfig: "fontconfig", providers: [.apt(["libfontconfig-dev"])]),
    .systemLibrary(
      name: "CFreeType", pkgConfig: "freetype2", providers: [.apt(["libfreetype-dev"])]),
    .systemLibrary(name: "CGlibc"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "CEfficientNetCodecs",
      dependencies: [
        "CJPEG", "CPNG", .target(name: "CWebP", condition: .when(traits: ["WebP"])),
      ],
      cSettings: cSettings,
      linkerSettings: [.linkedLibrary("z")]),

    // The libraries.
    .target(
      name: "EfficientNetSystem", dependencies: ["CEfficientNetSystem", "CGlibc"],
      swiftSettings: swiftSettings),
    .target(
      name: "EfficientNetCompute", dependencies: ["EfficientNetSystem", "CEfficientNetKernels"],
      swiftSettings: swiftSettings),
    .target(
      name: "EfficientNet", dependencies: ["EfficientNetCompute"],
      resources: [.embedInCode("Model/imagenet-classes.tsv")],
      swiftSettings: swiftSettings),
    .target(
      name: "EfficientNetImages",
      dependencies: ["EfficientNet", "EfficientNetCompute", "CEfficientNetCodecs"],
      swiftSettings: swiftSettings),
    .target(
      name: "EfficientNetFormats",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "CZlib",
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "EfficientNetHub",
      dependencies: [
        "EfficientNet", "EfficientNetSystem", "EfficientNetFormats", "CCrypto",
      ],
      swiftSettings: swiftSettings),

    .target(
      name: "EfficientNetReports",
      dependencies: ["EfficientNetCompute", "CFontconfig", "CFreeType"],
      resources: [.embedInCode("Pages/chart.css"), .embedInCode("Pages/page.css")],
      swiftSettings: swiftSettings),

    .target(
      name: "EfficientNetFeatures",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetImages", "EfficientNetFormats",
        "EfficientNetReports",
      ],
      swiftSettings: swiftSettings),

    .target(
      name: "EfficientNetTraining",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetImages", "EfficientNetReports",
      ],
      swiftSettings: swiftSettings),

    .target(
      name: "EfficientNetSearch",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetReports", "EfficientNetTraining",
      ],
      swiftSettings: swiftSettings),

    .target(
      name: "EfficientNetExplanation",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetImages", "EfficientNetReports",
        "EfficientNetTraining",
      ],
      swiftSettings: swiftSettings),

    .target(
      name: "EfficientNetQuantization",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetImages", "EfficientNetReports",
        "EfficientNetTraining",
      ],
      swiftSettings: swiftSettings),

    .target(
      name: "EfficientNetServing",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetImages", "EfficientNetFeatures",
        "EfficientNetExplanation", "CCrypto", "CZlib",
      ],
      resources: [.embedInCode("Page/index.html"), .embedInCode("Page/openapi.json")],
      swiftSettings: swiftSettings),

    // The commands.
    .executableTarget(
      name: "effnet",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetImages", "EfficientNetFormats",
        "EfficientNetHub", "EfficientNetReports", "EfficientNetFeatures", "EfficientNetTraining",
        "EfficientNetSearch", "EfficientNetExplanation", "EfficientNetQuantization",
        .product(
          name: "ArgumentParser", package: "swift-argument-parser",
          condition: .when(traits: ["Tools"])),
      ],
      swiftSettings: swiftSettings),

    .executableTarget(
      name: "effnet-serve",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetHub", "EfficientNetServing",
        .product(
          name: "ArgumentParser", package: "swift-argument-parser",
          condition: .when(traits: ["Tools"])),
        .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Serve"])),
        .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["Serve"])),
        .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["Serve"])),
      ],
      swiftSettings: swiftSettings),

    // The examples see what users of the libraries see: nothing that is only the package's.
    .executableTarget(
      name: "ExampleClassify", dependencies: ["EfficientNet", "EfficientNetImages"],
      path: "Examples/Classify", packageAccess: false,
      swiftSettings: strictSwift),
    .executableTarget(
      name: "ExampleFineTune", dependencies: ["EfficientNet", "EfficientNetTraining"],
      path: "Examples/FineTune", packageAccess: false,
      swiftSettings: strictSwift),
    .executableTarget(
      name: "ExampleSimilarPhotos",
      dependencies: ["EfficientNet", "EfficientNetFeatures", "EfficientNetImages"],
      path: "Examples/SimilarPhotos", packageAccess: false,
      swiftSettings: strictSwift),
    .executableTarget(
      name: "ExampleExplain",
      dependencies: ["EfficientNet", "EfficientNetExplanation", "EfficientNetImages"],
      path: "Examples/Explain", packageAccess: false,
      swiftSettings: strictSwift),
    .executableTarget(
      name: "ExampleScale", dependencies: ["EfficientNet"],
      path: "Examples/Scale", packageAccess: false,
      swiftSettings: strictSwift),
    .executableTarget(
      name: "ExampleConvert", dependencies: ["EfficientNet", "EfficientNetFormats"],
      path: "Examples/Convert", packageAccess: false,
      swiftSettings: strictSwift),
    .executableTarget(
      name: "ExampleSearch", dependencies: ["EfficientNet", "EfficientNetSearch"],
      path: "Examples/Search", packageAccess: false,
      swiftSettings: strictSwift),

    // Tests.
    .target(
      name: "EfficientNetTestSupport",
      dependencies: ["EfficientNet", "EfficientNetCompute"],
      path: "Tests/EfficientNetTestSupport",
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetSystemTests",
      dependencies: ["CEfficientNetSystem", "EfficientNetSystem", "EfficientNetTestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetComputeTests",
      dependencies: ["CEfficientNetKernels", "EfficientNetCompute", "EfficientNetTestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetTests",
      dependencies: ["EfficientNet", "EfficientNetTestSupport"],
      resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetImagesTests",
      dependencies: ["EfficientNet", "EfficientNetImages", "EfficientNetTestSupport"],
      resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetFormatsTests",
      dependencies: ["EfficientNet", "EfficientNetFormats", "EfficientNetTestSupport"],
      resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetHubTests",
      dependencies: [
        "EfficientNet", "EfficientNetFormats", "EfficientNetHub", "EfficientNetTestSupport",
      ],
      resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetFeaturesTests",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetImages", "EfficientNetFormats",
        "EfficientNetFeatures", "EfficientNetTestSupport",
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetReportsTests",
      dependencies: ["EfficientNetCompute", "EfficientNetReports", "EfficientNetTestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetTrainingTests",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetImages", "EfficientNetReports",
        "EfficientNetTraining", "EfficientNetTestSupport",
      ],
      resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetSearchTests",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetImages", "EfficientNetReports",
        "EfficientNetTraining", "EfficientNetSearch", "EfficientNetTestSupport",
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetExplanationTests",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetImages", "EfficientNetReports",
        "EfficientNetTraining", "EfficientNetExplanation", "EfficientNetTestSupport",
      ],
      resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetQuantizationTests",
      dependencies: [
        "EfficientNet", "EfficientNetCompute", "EfficientNetQuantization",
        "EfficientNetTestSupport",
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EfficientNetServingTests",
      dependencies: [
        "effnet-serve", "EfficientNet", "EfficientNetCompute", "EfficientNetImages",
        "EfficientNetServing", "EfficientNetTestSupport",
      ],
      resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "effnetTests",
      dependencies: [
        "effnet", "EfficientNet", "EfficientNetQuantization", "EfficientNetFeatures",
        "EfficientNetFormats",
        "EfficientNetImages", "EfficientNetSearch", "EfficientNetTestSupport",
        "EfficientNetTraining",
        .product(
          name: "ArgumentParser", package: "swift-argument-parser",
          condition: .when(traits: ["Tools"])),
      ],
      swiftSettings: commandTestSettings),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)

// Only `make docs` needs the plugin; users of the libraries do not fetch it.
if Context.environment["EFFNET_DOCS"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}
