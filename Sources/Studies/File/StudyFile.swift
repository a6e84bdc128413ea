import Correlators
import DataFiles
import Engineering
import Ensembles
import Foundation

/// Reads study files.
public enum StudyFile {
  /// Sweeps beyond this many cases are refused.
  public static let maximumCases = 10_000

  /// Reads a study from a file.
  ///
  /// - Parameter settings: `key.path=value` replacements, values in YAML.
  /// - Throws: `StudyError`: 66 for a file that cannot be read, 65 for one that makes no sense.
  public static func read(path: String, settings: [String] = []) throws(StudyError) -> Study {
    let file: FileBytes
    let bytes: [UInt8]
    do {
      file = try FileBytes(path: path)
      guard file.count <= YAMLTree.maximumBytes else { throw YAMLTree.tooLarge(file.path) }
      bytes = try file.all()
    } catch let error as StudyError {
      throw error
    } catch { throw StudyError(file: error, at: "the study") }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw StudyError(.badStudy, "\(file.path): line 1, column 1: the file is not UTF-8 text")
    }
    let folder =
      file.isStream || isPipe(path)
      ? "." : URL(fileURLWithPath: path).deletingLastPathComponent().path
    return try read(yaml: text, file: file.path, folder: folder, settings: settings)
  }

  /// Whether a name is that of a descriptor: what comes through it can seldom be read again.
  public static func isPipe(_ path: String) -> Bool {
    path == "-" || path.hasPrefix("/dev/") || path.hasPrefix("/proc/")
  }

  /// A name for the results of a study: that of its file; `study` where it came through a pipe.
  public static func name(of path: String) -> String {
    isPipe(path)
      ? "study" : URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
  }

  /// Reads a study from a text; `folder` is where relative paths start.
  public static func read(
    yaml: String, file: String = "study", folder: String = ".", settings: [String] = []
  ) throws(StudyError) -> Study {
    var tree = try YAMLTree(yaml: yaml, file: file)
    try apply(settings, to: &tree, file)
    let sweep = KeyReader.Sweep()
    let root = KeyReader(tree: tree, path: "", file: file, sweep: nil)
    try root.keys(["title", "ensemble", "theory", "points", "sampling", "measure"])
    let title = try root.child("title")?.plainText() ?? ""
    let samplingReader = root.child("sampling")
    let estimator = try samplingReader?.child("estimator")?.choice(Estimator.self)

    if estimator != .file, let outputs = samplingReader?.child("outputs") {
      throw outputs.refuse("a file of outputs is for `estimator: file`, which must be given")
    }
    let files = InputFiles(folder: folder)
    let system = try SystemReader(root, sweep: sweep, optional: estimator == .file, files: files)
    let first = try system.read()
    let total = sweep.axes.reduce(1.0) { $0 * Double($1.count) }
    guard total <= Double(maximumCases) else {
      throw StudyError(
        .badStudy,
        "\(file): the sweep has \(Int(min(total, 1e15))) cases, more than \(maximumCases)"
      )
    }
    let names = shortNames(sweep.axes.map(\.path))
    var cases: [StudyCase] = []
    for index in 0..<Int(total) {
      var rest = index
      for axis in sweep.axes.reversed() {
        sweep.position[axis.path] = rest % axis.count
        rest /= axis.count
      }
      let item = try system.read()
      var parameters: [String: JSONValue] = [:]
      for (axis, name) in zip(sweep.axes, names) {
        parameters[name] = value(
          in: tree, path: axis.path, index: sweep.position[axis.path] ?? 0)
      }
      var found = StudyCase(
        parameters: parameters, ensemble: item.ensemble, outputs: item.outputs,
        kernel: item.kernel, theory: item.theory, interaction: item.interaction)
      if let width = found.width, parameters["width"] == nil {
        found.parameters["width"] = .integer(width)
      }
      cases.append(found)
    }
    var sweeps: [String: JSONValue] = [:]
    for (axis, name) in zip(sweep.axes, names) {
      sweeps[name] = .array((0..<axis.count).map { value(in: tree, path: axis.path, index: $0) })
    }

    let sampling = try SamplingReader(folder: folder).read(
      samplingReader, estimator: estimator, cases: cases)
    let pointsReader = PointsReader(inputs: first.inputs, files: files)
    let points = try pointsReader.read(try root.required("points"))
    // Theories know their propagator where they are looked at.
    for (k, item) in cases.enumerated() {
      guard let theory = item.freeTheory else { continue }
      cases[k].kernel = try propagators(theory, points, file: file)
    }
    var measurements: [Measurement] = []
    if let list = root.child("measure") {
      let entries = list.isSequence ? try list.items() : [list]
      for entry in entries {
        measurements.append(try Measurement.read(entry, points: pointsReader))
      }
    } else {
      measurements = [.correlators(orders: [2, 4])]
    }
    return try Study(
      title: title.isEmpty ? name(of: file) : title, cases: cases, points: points,
      sampling: sampling, measurements: measurements, sweeps: sweeps, source: file,
      tables: files.files, notes: files.notes)
  }

  /// Terms of all propagators of a study that are summed before it begins.
  private static let mostTerms = 5e8

  private static func propagators(_ theory: FreeScalar, _ points: Points, file: String)
    throws(StudyError) -> [[Double]]
  {
    let x = points.coordinates
    // The diagonal of the box around the points.
    var square = 0.0
    for axis in x[0].indices {
      let values = x.map { $0[axis] }
      let side = (values.max() ?? 0) - (values.min() ?? 0)
      square += side * side
    }
    let far = square.squareRoot()
    let terms = 0.5 * Double(x.count) * Double(x.count + 1) * theory.momentumTerms(distance: far)
    guard terms <= mostTerms else {
      throw StudyError(
        .badStudy,
        String(
          format:
            "%@: points: the propagators of %d points up to %.3g apart are sums of %.2g terms, more than %.0g: use fewer points, or a smaller cutoff",
          file, x.count, far, terms, mostTerms))
    }
    var kernel = x.map { _ in [Double](repeating: 0, count: x.count) }
    for (i, a) in x.enumerated() {
      for j in i..<x.count {
        kernel[i][j] = theory.propagator(zip(a, x[j]).map { $0 - $1 })
        kernel[j][i] = kernel[i][j]
      }
    }
    return kernel
  }

  /// Replaces what `key.path=value` names.
  private static func apply(
    _ settings: [String], to tree: inout YAMLTree, _ file: String
  ) throws(StudyError) {
    for setting in settings {
      guard let equals = setting.firstIndex(of: "="), equals != setting.startIndex else {
        throw StudyError(.usage, "--set \(setting): expected key.path=value")
      }
      let path = setting[..<equals].split(separator: ".", omittingEmptySubsequences: false)
        .map(String.init)
      let text = String(setting[setting.index(after: equals)...])
      // Standard input, not an empty list.
      let value =
        text == "-"
        ? YAMLTree(.scalar(text, quoted: true))
        : try YAMLTree(yaml: text, file: "--set \(setting)")
      guard tree.set(path, to: value) else {
        throw StudyError(.usage, "--set \(setting): there is no such place in \(file)")
      }
    }
  }

  private static func value(in tree: YAMLTree, path: String, index: Int) -> JSONValue {
    var node: YAMLTree? = tree
    for part in path.split(separator: ".") {
      if let k = Int(part), case .sequence(let items)? = node?.content {
        node = items.indices.contains(k) ? items[k] : nil
      } else {
        node = node?[String(part)]
      }
    }
    guard case .sequence(let items)? = node?.content, items.indices.contains(index) else {
      return .null
    }
    func json(_ tree: YAMLTree) -> JSONValue {
      switch tree.content {
      case .scalar(let text, _): KeyReader.number(text).map { .numeric($0) } ?? .string(text)
      case .sequence(let items): .array(items.map(json))
      case .mapping: .null
      }
    }
    return json(items[index])
  }

  /// `width` for the width of a hidden layer, dotted paths without `ensemble` otherwise; whole
  /// paths where two would be the same.
  private static func shortNames(_ paths: [String]) -> [String] {
    let trimmed = paths.map { $0.hasPrefix("ensemble.") ? String($0.dropFirst(9)) : $0 }
    let last = trimmed.map { path -> String in
      path.hasPrefix("hidden.") || path.hasPrefix("theory.")
        ? String(path.split(separator: ".").last ?? "") : path
    }
    return trimmed.indices.map { i in
      last.filter { $0 == last[i] }.count == 1 ? last[i] : trimmed[i]
    }
  }
}
