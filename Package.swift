// swift-tools-version: 6.0
import PackageDescription

// No package dependencies, ever: `dependencies` stays empty as a promise to whoever embeds this
// library. System libraries are OpenBLAS (Accelerate on Apple platforms) and zlib.

let blas: [Target.Dependency] = [
  .target(name: "COpenBLAS", condition: .when(platforms: [.linux]))
]

let package = Package(
  name: "lvmc",
  platforms: [.macOS(.v13)],
  products: [
    .library(name: "LVM", targets: ["LVM"]),
    .executable(name: "lvmc", targets: ["lvmc"]),
  ],
  dependencies: [],
  targets: [
    // System libraries.
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    // Small C kernels with per-CPU clones: what Swift cannot vectorise in a portable build.
    .target(name: "CLVMKernels", linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),

    // The pipeline, in the order data flow through it.
    .target(name: "LVMSyntax"),
    .target(
      name: "LVMCompute", dependencies: ["CLVMKernels"] + blas,
      linkerSettings: [.linkedFramework("Accelerate", .when(platforms: [.macOS]))]),
    .target(name: "LVMModel", dependencies: ["LVMSyntax", "LVMCompute"]),
    .target(name: "LVMData", dependencies: ["LVMSyntax", "CLVMKernels", "CZlib"]),
    .target(name: "LVMInference", dependencies: ["LVMModel", "LVMCompute", "LVMData"]),
    .target(
      name: "LVM",
      dependencies: ["LVMSyntax", "LVMModel", "LVMCompute", "LVMData", "LVMInference"]),
    .executableTarget(name: "lvmc", dependencies: ["LVM"]),

    .testTarget(name: "LVMSyntaxTests", dependencies: ["LVMSyntax"]),
    .testTarget(
      name: "LVMComputeTests", dependencies: ["LVMCompute"], exclude: ["Reference"]),
    .testTarget(
      name: "LVMDataTests", dependencies: ["LVMData", "LVMSyntax"], exclude: ["Files"]),
    .testTarget(
      name: "LVMModelTests", dependencies: ["LVMModel", "LVMSyntax", "LVMCompute"],
      exclude: ["bad", "good", "Reference"]),
    // The brute-force oracle: reads the model graph, shares no code with the engine.
    .target(name: "LVMOracle", dependencies: ["LVMModel", "LVMSyntax"], path: "Tests/LVMOracle"),
    .testTarget(
      name: "LVMOracleTests", dependencies: ["LVMOracle", "LVMModel", "LVMSyntax"],
      exclude: ["reference.py", "Reference"]),
    .testTarget(
      name: "LVMInferenceTests", dependencies: ["LVM", "LVMOracle"],
      exclude: ["Plans", "Reference"]),
    .testTarget(name: "StructureTests"),
    .testTarget(name: "FuzzTests", dependencies: ["LVM"]),
    .testTarget(name: "CommandLineTests", dependencies: ["LVM", "lvmc"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
