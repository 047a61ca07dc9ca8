import Foundation

/// The diagram of folders in `docs/architecture.md`: a line `A → B, C` for what A may name types of.
///
/// It stands in a block of code after the comment `<!-- folders -->`. A folder is named by the end of
/// its path beneath `Sources`, if that tells which is meant. Arrows that follow from others may be left
/// out.
struct FolderDiagram {
  var arrows: [String: Set<String>] = [:]
  /// Names that are no folder, or several.
  var unclear: [String] = []

  static let mark = "<!-- folders -->"
  static let document = SourceFile.packageRoot.appendingPathComponent("docs/architecture.md")

  /// The text of the diagram; nil as long as the document has none.
  static var text: String? {
    guard let document = try? String(contentsOf: document, encoding: .utf8),
      let mark = document.range(of: mark)
    else { return nil }
    let parts = document[mark.upperBound...].components(separatedBy: "```")
    return parts.count > 2 ? parts[1] : ""
  }

  init(_ text: String, folders: [String]) {
    for line in text.split(separator: "\n") where line.contains("→") {
      let sides = line.components(separatedBy: "→")
      let names = [sides[0]] + sides[1].components(separatedBy: ",")
      let found = names.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        .compactMap { folder($0, among: folders) }
      if let first = found.first { arrows[first, default: []].formUnion(found.dropFirst()) }
    }
  }

  private mutating func folder(_ name: String, among folders: [String]) -> String? {
    if name == "nothing" { return nil }
    let matches = folders.contains(name) ? [name] : folders.filter { $0.hasSuffix("/" + name) }
    if matches.count != 1 { unclear.append(name) }
    return matches.count == 1 ? matches[0] : nil
  }

  /// What the diagram says and the code does not, and the other way about, for the targets that the
  /// diagram shows.
  func differences(from graph: FolderGraph) -> [String] {
    var result = unclear.map { "`\($0)` in the diagram is no one folder" }
    let shown = Set(arrows.keys).union(arrows.values.joined())
    let targets = Set(shown.map(Self.target))
    for folder in graph.folders where targets.contains(Self.target(folder)) {
      guard shown.contains(folder) else {
        result.append("\(folder) is not in the diagram")
        continue
      }
      let drawn = arrows[folder, default: []]
      let allowed = reachable(from: folder)
      let named = Set(graph.targets(of: folder).filter { targets.contains(Self.target($0)) })
      result += named.subtracting(allowed).sorted().map {
        "\(folder) → \($0) is in the code alone: "
          + graph.references[.init(from: folder, to: $0), default: []].prefix(3)
          .map { "\($0.file) names \($0.type)" }.joined(separator: ", ")
      }
      result += drawn.subtracting(named).sorted().map { "\(folder) → \($0) is drawn alone" }
    }
    return result
  }

  private static func target(_ folder: String) -> String { String(folder.prefix { $0 != "/" }) }

  private func reachable(from folder: String) -> Set<String> {
    var seen: Set<String> = []
    var open = [folder]
    while let next = open.popLast() {
      for target in arrows[next, default: []] where seen.insert(target).inserted {
        open.append(target)
      }
    }
    return seen
  }
}
