import Studies

/// The exact joint density of two outputs as a picture.
enum JointDensityFigure {
  static func figures(_ results: Results) -> [Figure] {
    for item in results.cases {
      for case let d? in item.output_density ?? [] where d.points.count == 2 {
        let n = d.fields.count
        let scale = d.exact_second.squareRoot()
        let rows = (0..<n).map { j in
          (0..<n).map { i in
            "\(d.fields[i] / scale) \(d.fields[j] / scale) \(max(0, d.density[i * n + j]))"
          }.joined(separator: "\n")
        }
        return [
          Figure(
            name: "joint-density",
            caption:
              "The exact joint density of the outputs at points \(d.points[0]) and \(d.points[1]), each in units of its standard deviation\(results.cases.count > 1 ? " (\(item.label))" : "").",
            data: "# f_1 f_2 density\n" + rows.joined(separator: "\n\n"),
            commands: """
              set size ratio 1
              set xrange [-4:4]
              set yrange [-4:4]
              set xlabel 'output at point \(d.points[0])'
              set ylabel 'output at point \(d.points[1])'
              set cblabel 'density'
              unset grid
              set palette defined (0 '#ffffff', 0.4 '#9ecae1', 1 '#08306b')
              plot DATA using 1:2:3 with image pixels notitle
              """)
        ]
      }
    }
    return []
  }
}
