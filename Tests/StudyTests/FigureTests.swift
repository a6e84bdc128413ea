import Fieldwork
import Foundation
import TestSupport
import Testing

/// Pictures that cannot be drawn cost themselves.
@Suite("Figures one by one")
struct FigureTests {
  private let figures = ["one", "two", "three"].map {
    Figure(name: $0, caption: "", data: "1 1\n2 4\n", commands: "plot DATA using 1:2 with lines")
  }

  /// A program in the place of gnuplot; `$gnuplot` in it is the real one.
  private func gnuplot(_ script: String, in folder: TemporaryDirectory) throws -> Gnuplot {
    let real = try #require(Gnuplot.executable)
    let file = folder.write("fake", "#!/bin/sh\ngnuplot='\(real)'\n\(script)\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
    return Gnuplot(directory: folder.file("figures"), executable: file, patience: 2)
  }

  private func draw(_ script: String, in folder: TemporaryDirectory) throws -> [String] {
    let gnuplot = try gnuplot(script, in: folder)
    for figure in figures { try gnuplot.write(figure) }
    return gnuplot.draw(figures)
  }

  @Test("all are drawn", .enabled(if: Gnuplot.executable != nil))
  func all() throws {
    let folder = TemporaryDirectory()
    #expect(try draw("exec \"$gnuplot\" \"$@\"", in: folder).isEmpty)
    for figure in figures {
      for kind in ["svg", "pdf"] {
        #expect(
          FileManager.default.fileExists(atPath: folder.file("figures/\(figure.name).\(kind)")))
      }
    }
  }

  @Test("one that hangs or crashes is given up", .enabled(if: Gnuplot.executable != nil))
  func hanging() throws {
    for failure in ["sleep 100", "kill -SEGV $$", "exit 1"] {
      let folder = TemporaryDirectory()
      let missing = try draw(
        "case $1 in two.gp) \(failure);; *) exec \"$gnuplot\" \"$@\";; esac", in: folder)
      #expect(missing == ["two.svg", "two.pdf"])
    }
  }

  @Test("a terminal that is missing costs its pictures", .enabled(if: Gnuplot.executable != nil))
  func terminal() throws {
    for (word, kind) in [("pdfcairo", "pdf"), ("svg", "svg")] {
      let folder = TemporaryDirectory()
      let missing = try draw(
        "sed \"s/'\(word)'/'nothing'/\" \"$1\" | \"$gnuplot\"", in: folder)
      #expect(missing == figures.map { "\($0.name).\(kind)" })
    }
  }

  @Test("a picture of older results does not stand for one that fails")
  func stale() throws {
    let folder = TemporaryDirectory()
    let gnuplot = Gnuplot(directory: folder.file("figures"), executable: "/nonexistent/gnuplot")
    for figure in figures { try gnuplot.write(figure) }
    _ = folder.write("figures/one.svg", "<svg></svg>")
    #expect(gnuplot.draw(figures).count == 6)
    #expect(!FileManager.default.fileExists(atPath: folder.file("figures/one.svg")))
  }
}

/// Reports of studies that are too small for what their figures show.
@Suite("Figures of few networks")
struct SmallStudyTests {
  @Test(
    "parts of a sample that are missing leave gaps, for any number of networks",
    arguments: [64, 128, 640])
  func parts(networks: Int) throws {
    let folder = TemporaryDirectory()
    let text = try #require(ShippedStudies.all.first { $0.name == "symmetry-breaking" }?.text)
    _ = folder.write("s.yaml", text)
    let study = try StudyFile.read(
      path: folder.file("s.yaml"), settings: ["sampling.networks=\(networks)"])
    let directory = OutputDirectory(path: folder.file("out"))
    _ = try StudyRunner(study: study, directory: directory).run()
    try Report(directory: directory).write()
    #expect(FileManager.default.fileExists(atPath: folder.file("out/report.html")))
  }
}
