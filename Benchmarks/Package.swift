// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of the library do not pull the benchmark library in.
let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "fieldwork", path: ".."),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "SamplingBenchmarks",
      dependencies: [
        .product(name: "Benchmark", package: "benchmark"),
        .product(name: "Fieldwork", package: "fieldwork"),
      ],
      path: "Benchmarks/SamplingBenchmarks",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    .executableTarget(
      name: "peer",
      dependencies: [.product(name: "Fieldwork", package: "fieldwork")],
      path: "Peer"),
  ],
  swiftLanguageModes: [.v6]
)
