// swift-tools-version: 6.2
import Foundation
import PackageDescription

// Debian keeps the serial and the MPI build of HDF5 apart; elsewhere there is one.
func hdf5PackageName() -> String {
  let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"]
  let serial = folders.contains {
    FileManager.default.fileExists(atPath: "\($0)/pkgconfig/hdf5-serial.pc")
  }
  return serial ? "hdf5-serial" : "hdf5"
}

// Without optimisation the vector loops are fifty times slower, in tests too.
let vectorised: [CSetting] = [.unsafeFlags(["-O3"], .when(configuration: .debug))]

// SUNDIALS has no pkg-config file, and from version 7 on a library for what its parts share.
func sundialsSettings() -> [LinkerSetting] {
  let folders = [
    "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
    "/usr/local/lib", "/opt/homebrew/lib",
  ]
  let core = folders.contains { folder in
    ["so", "dylib"].contains {
      FileManager.default.fileExists(atPath: "\(folder)/libsundials_core.\($0)")
    }
  }
  return (core ? [.linkedLibrary("sundials_core")] : [])
    + homebrew.map { [.unsafeFlags(["-L\($0)/lib"])] }.joined()
}

// Where Homebrew keeps headers that no pkg-config file tells of.
let homebrew = ["/opt/homebrew", "/usr/local/Homebrew"].filter {
  FileManager.default.fileExists(atPath: "\($0)/bin/brew")
}.map { $0.hasSuffix("Homebrew") ? "/usr/local" : $0 }
let homebrewHeaders: [SwiftSetting] = homebrew.map {
  .unsafeFlags(["-Xcc", "-I\($0)/include"])
}

let package = Package(
  name: "fieldwork",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Fieldwork", targets: ["Fieldwork"]),
    .executable(name: "fieldwork", targets: ["FieldworkCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .target(name: "CVectorMath", cSettings: vectorised),
    .target(name: "CSampling", dependencies: ["CVectorMath"], cSettings: vectorised),
    .systemLibrary(
      name: "CHDF5", pkgConfig: hdf5PackageName(),
      providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
    .systemLibrary(
      name: "CNauty", pkgConfig: "nauty",
      providers: [.apt(["libnauty-dev"]), .brew(["nauty"])]),
    .target(name: "Combinatorics"),
    .systemLibrary(
      name: "CSUNDIALS", providers: [.apt(["libsundials-dev"]), .brew(["sundials"])]),
    .target(
      name: "NumericalMethods", dependencies: ["CVectorMath", "CSUNDIALS"],
      swiftSettings: homebrewHeaders, linkerSettings: sundialsSettings()),
    .target(name: "CHDF5Driver", dependencies: ["CHDF5"]),
    .target(name: "DataFiles", dependencies: ["CHDF5", "CHDF5Driver"]),
    .target(name: "Ensembles", dependencies: ["NumericalMethods", "CSampling", "CVectorMath"]),
    .target(name: "Statistics", dependencies: ["Combinatorics", "NumericalMethods"]),
    .target(
      name: "Sampling",
      dependencies: ["Ensembles", "Statistics", "CSampling", "CVectorMath", "DataFiles"]),
    .target(
      name: "Kernels",
      dependencies: ["Ensembles", "Statistics", "Sampling", "CSampling", "CVectorMath"]),
    .target(name: "Correlators", dependencies: ["Statistics", "Kernels"]),
    .target(
      name: "EffectiveAction",
      dependencies: ["Correlators", "Kernels", "Combinatorics", "NumericalMethods", "CNauty"]),
    .target(
      name: "Renormalization",
      dependencies: ["EffectiveAction", "Correlators", "Kernels", "NumericalMethods"]),
    .target(
      name: "Duality",
      dependencies: [
        "Correlators", "Kernels", "Ensembles", "Statistics", "Combinatorics", "NumericalMethods",
      ]),
    .target(
      name: "Engineering",
      dependencies: [
        "Sampling", "Correlators", "Statistics", "NumericalMethods", "Ensembles", "Combinatorics",
        "CSampling", "DataFiles",
      ]),
    .target(
      name: "Studies",
      dependencies: [
        "Sampling", "Correlators", "Kernels", "EffectiveAction", "Renormalization", "Duality",
        "Engineering", "DataFiles",
        .product(name: "Yams", package: "Yams"),
      ],
      // A resource bundle would break once the program is moved.
      resources: [.embedInCode("Shipped")]),
    .target(name: "Reports", dependencies: ["Studies", "Renormalization", "Engineering"]),
    .target(
      name: "Fieldwork",
      dependencies: [
        "Combinatorics", "NumericalMethods", "DataFiles", "Ensembles", "Statistics", "Sampling",
        "Kernels", "Correlators", "EffectiveAction", "Renormalization", "Duality", "Engineering",
        "Studies", "Reports",
      ]),
    .executableTarget(
      name: "FieldworkCommand",
      dependencies: [
        "Fieldwork", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(name: "TestSupport", dependencies: ["Fieldwork"], path: "Tests/TestSupport"),
    .testTarget(
      name: "VectorTests", dependencies: ["CVectorMath", "CSampling", "Ensembles", "TestSupport"]),
    .testTarget(name: "TheoryTests", dependencies: ["Fieldwork", "TestSupport"]),
    .testTarget(name: "SamplingTests", dependencies: ["Fieldwork", "TestSupport", "CSampling"]),
    .testTarget(name: "FlowTests", dependencies: ["Fieldwork", "TestSupport"]),
    .testTarget(
      name: "EngineeringTests", dependencies: ["Fieldwork", "TestSupport", "CSampling"]),
    .testTarget(name: "DualityTests", dependencies: ["Fieldwork", "TestSupport"]),
    .testTarget(name: "ActionTests", dependencies: ["Fieldwork", "TestSupport"]),
    .testTarget(name: "StudyTests", dependencies: ["Fieldwork", "TestSupport"]),
    .testTarget(
      name: "CommandTests", dependencies: ["FieldworkCommand", "Fieldwork", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
