import Foundation
import LVM

/// `lvmc new NAME`: copies a bundled model and its data here, ready to run.
enum NewCommand: Command {
  static let name = "new"
  static let summary = "copies a bundled model and its data into this directory"
  static let details = [
    "Bundled models are looked for in $LVMC_MODELS, then in `models` beside or above the program,",
    "then in `share/lvmc/models` of the prefix that it is installed under.",
  ]
  static let arguments = [Argument(name: "NAME", isOptional: true)]
  static let options = [Option("list", help: "name the bundled models, and copy nothing")]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    guard let bundled = BundledModels.find() else {
      terminal.complain(
        "lvmc: error: the bundled models are not beside the program [no-bundled-models]\n"
          + "  help: set LVMC_MODELS to the `models` directory of the lvmc package")
      return .usage
    }
    if arguments.has("list") {
      for name in bundled.names { try terminal.print(name) }
      return .done
    }
    guard let name = arguments.positional.first else {
      throw UsageError.missingArgument("NAME", command: name, usage: usage)
    }
    guard bundled.names.contains(name) else {
      throw UsageError.noModel(name, known: bundled.names)
    }
    let files = try bundled.files(of: name)
    for file in files where FileManager.default.fileExists(atPath: file.name) {
      throw UsageError.exists(path: file.name)
    }
    for file in files { try FileOutput.replace(file.name, with: file.bytes) }
    let words = files.map(\.name).joined(separator: " ")
    try terminal.print("wrote \(words)\nnow run: lvmc run \(words)")
    return .done
  }
}

/// The models that come with the program, in a directory of their own.
struct BundledModels {
  let directory: URL

  static func find() -> BundledModels? {
    var candidates: [URL] = []
    if let path = ProcessInfo.processInfo.environment["LVMC_MODELS"], !path.isEmpty {
      candidates.append(URL(fileURLWithPath: path))
    }
    if let program = Bundle.main.executableURL?.resolvingSymlinksInPath() {
      var at = program.deletingLastPathComponent()
      candidates.append(
        at.deletingLastPathComponent().appendingPathComponent("share/lvmc/models"))
      // The program may run from a build directory a few levels below the package.
      for _ in 0..<5 {
        candidates.append(at.appendingPathComponent("models"))
        at = at.deletingLastPathComponent()
      }
    }
    return candidates.map(BundledModels.init).first { !$0.names.isEmpty }
  }

  var names: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    return files.filter { $0.hasSuffix(".lvm") }.map { String($0.dropLast(4)) }.sorted()
  }

  /// The model, and the data file that its `// data:` line names.
  func files(of name: String) throws -> [(name: String, bytes: [UInt8])] {
    let model = try read("\(name).lvm")
    var files = [(name: "\(name).lvm", bytes: model)]
    let text = String(decoding: model, as: UTF8.self)
    for line in text.split(separator: "\n") where line.hasPrefix("// data: ") {
      let path = String(line.dropFirst("// data: ".count))
      let file = URL(fileURLWithPath: path).lastPathComponent
      files.append((file, try read(path)))
    }
    return files
  }

  private func read(_ path: String) throws -> [UInt8] {
    let full = directory.appendingPathComponent(path).path
    guard let data = FileManager.default.contents(atPath: full) else {
      throw UsageError.cannotRead(path: full)
    }
    return [UInt8](data)
  }
}
