import Foundation

/// What the fuzzers start from: the package's own models, documents and tables.
enum Seeds {
  static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func files(_ folder: String, _ ending: String) -> [URL] {
    let start = root.appendingPathComponent(folder)
    let paths = FileManager.default.enumerator(atPath: start.path)?.compactMap { $0 as? String }
    return (paths ?? []).filter { $0.hasSuffix(ending) }.sorted()
      .map { start.appendingPathComponent($0) }
  }

  private static func bytes(_ url: URL) -> [UInt8] {
    (try? Data(contentsOf: url)).map { [UInt8]($0) } ?? []
  }

  /// Bundled models, the models of the checker's tests, good and bad, and those of the documents.
  static let models: [[UInt8]] =
    (files("models", ".lvm") + files("Tests/LVMModelTests/good", ".lvm")
    + files("Tests/LVMModelTests/bad", ".lvm")).map(bytes)
    + ["Grammar.md", "README.md"].flatMap { fenced(bytes(root.appendingPathComponent($0))) }

  /// The blocks between ```lvm and ```.
  private static func fenced(_ document: [UInt8]) -> [[UInt8]] {
    let parts = String(decoding: document, as: UTF8.self).components(separatedBy: "```lvm\n")
    return parts.dropFirst().map { Array(($0.components(separatedBy: "```").first ?? "").utf8) }
  }

  /// A bundled model and the table that its `// data:` line names.
  static let pairs: [(name: String, model: [UInt8], table: [UInt8])] = files("models", ".lvm")
    .compactMap { url in
      let model = bytes(url)
      let line = String(decoding: model, as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("// data: ") }
      guard let path = line?.dropFirst("// data: ".count) else { return nil }
      let table = bytes(root.appendingPathComponent("models/\(path)"))
      let name = url.deletingPathExtension().lastPathComponent
      return table.isEmpty ? nil : (name, model, table)
    }
}
