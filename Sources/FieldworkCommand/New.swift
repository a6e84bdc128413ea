import ArgumentParser
import Fieldwork
import Foundation

struct New: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a commented study file.",
    discussion: "With the name of a shipped study, that one; with any other, a template to fill in."
  )

  @Argument(help: "Name of the study; the file is NAME.yaml.")
  var name: String?

  @Flag(help: "List the shipped studies.")
  var list = false

  func validate() throws {
    if name == nil && !list { throw ValidationError("Give a NAME, or --list.") }
  }

  func run() throws {
    try reporting {
      if list {
        let width = ShippedStudies.all.map(\.name.count).max() ?? 0
        for study in ShippedStudies.all {
          print(study.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + study.title)
        }
        return
      }
      guard let name else { return }
      let stem = name.hasSuffix(".yaml") ? String(name.dropLast(5)) : name
      let text = ShippedStudies.all.first { $0.name == stem }?.text ?? ShippedStudies.template
      let path = "\(stem).yaml"
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
      guard descriptor >= 0 else {
        throw StudyError(
          .cannotWrite,
          errno == EEXIST
            ? "\(path): the file is there already" : "\(path): cannot be written")
      }
      let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      do {
        try file.write(contentsOf: Data(text.utf8))
      } catch { throw StudyError(.inputOutput, "\(path): cannot be written; is the disk full?") }
      print("\(path) written; run it with: fieldwork run \(path)")
    }
  }
}
