import Foundation

/// The studies that come with the package, embedded in the program: it works wherever it is moved.
public enum ShippedStudies {
  public struct Shipped: Sendable {
    public let name: String
    public let text: String

    init(_ name: String, _ bytes: [UInt8]) {
      self.name = name
      text = String(decoding: bytes, as: UTF8.self)
    }

    public var title: String {
      let line = text.split(separator: "\n").first { $0.hasPrefix("title:") } ?? ""
      return line.dropFirst(6).trimmingCharacters(in: CharacterSet(charactersIn: " \""))
    }
  }

  /// `Examples/*.yaml`; a new one is linked into `Shipped/` and named here.
  public static let all: [Shipped] = [
    Shipped("correlated-weights", PackageResources.correlated_weights_yaml),
    Shipped("cos-net", PackageResources.cos_net_yaml),
    Shipped("deep-net", PackageResources.deep_net_yaml),
    Shipped("deep-tanh", PackageResources.deep_tanh_yaml),
    Shipped("demo", PackageResources.demo_yaml),
    Shipped("erf-action", PackageResources.erf_action_yaml),
    Shipped("erf-cutoff-flow", PackageResources.erf_cutoff_flow_yaml),
    Shipped("erf-net", PackageResources.erf_net_yaml),
    Shipped("erf-net-2d", PackageResources.erf_net_2d_yaml),
    Shipped("erf-net-3d", PackageResources.erf_net_3d_yaml),
    Shipped("formula-net", PackageResources.formula_net_yaml),
    Shipped("free-scalar", PackageResources.free_scalar_yaml),
    Shipped("gauss-active-flow", PackageResources.gauss_active_flow_yaml),
    Shipped("gauss-active-flow-n3", PackageResources.gauss_active_flow_n3_yaml),
    Shipped("gauss-couplings", PackageResources.gauss_couplings_yaml),
    Shipped("gauss-fixed-points", PackageResources.gauss_fixed_points_yaml),
    Shipped("gauss-net", PackageResources.gauss_net_yaml),
    Shipped("gauss-net-2d", PackageResources.gauss_net_2d_yaml),
    Shipped("gauss-net-3d", PackageResources.gauss_net_3d_yaml),
    Shipped("gauss-net-sampled", PackageResources.gauss_net_sampled_yaml),
    Shipped("gauss-passive-flow", PackageResources.gauss_passive_flow_yaml),
    Shipped("gauss-passive-flow-published", PackageResources.gauss_passive_flow_published_yaml),
    Shipped("gauss-translations", PackageResources.gauss_translations_yaml),
    Shipped("locality", PackageResources.locality_yaml),
    Shipped("o3-model", PackageResources.o3_model_yaml),
    Shipped("output-density", PackageResources.output_density_yaml),
    Shipped("periodic-net", PackageResources.periodic_net_yaml),
    Shipped("phi4-bias", PackageResources.phi4_bias_yaml),
    Shipped("phi4-box", PackageResources.phi4_box_yaml),
    Shipped("phi4-critical", PackageResources.phi4_critical_yaml),
    Shipped("phi4-torus", PackageResources.phi4_torus_yaml),
    Shipped("relu-couplings", PackageResources.relu_couplings_yaml),
    Shipped("relu-net", PackageResources.relu_net_yaml),
    Shipped("relu-net-2d", PackageResources.relu_net_2d_yaml),
    Shipped("relu-net-3d", PackageResources.relu_net_3d_yaml),
    Shipped("shared-scale-locality", PackageResources.shared_scale_locality_yaml),
    Shipped("so-gauss", PackageResources.so_gauss_yaml),
    Shipped("symmetry-breaking", PackageResources.symmetry_breaking_yaml),
    Shipped("tangent-kernel", PackageResources.tangent_kernel_yaml),
    Shipped("two-outputs", PackageResources.two_outputs_yaml),
  ]

  /// The JSON Schema of `results.json`.
  public static let resultsSchema =
    Shipped("results.schema", PackageResources.results_schema_json).text

  /// The commented study that `fieldwork new` writes.
  public static let template = Shipped("template", PackageResources.template_yaml).text
}
