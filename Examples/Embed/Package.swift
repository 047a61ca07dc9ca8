// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "Embed",
  platforms: [.macOS(.v13)],
  dependencies: [.package(name: "lvmc", path: "../..")],
  targets: [
    .executableTarget(name: "Embed", dependencies: [.product(name: "LVM", package: "lvmc")])
  ],
  swiftLanguageModes: [.v6]
)
