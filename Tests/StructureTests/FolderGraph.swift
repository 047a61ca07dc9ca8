/// Folders of sources and the references between them: an arrow from A to B for every file of A that
/// names a type declared in B.
struct FolderGraph {
  struct Arrow: Hashable {
    var from: String
    var to: String
  }

  struct Reference {
    var file: String
    var type: String
  }

  private(set) var folders: [String] = []
  private(set) var references: [Arrow: [Reference]] = [:]

  /// - Parameter belongs: which folders take part.
  init(_ files: [SourceFile], where belongs: (String) -> Bool = { _ in true }) {
    var declarations: [String: [SourceFile]] = [:]
    for file in files where belongs(file.folder) {
      for name in file.declared { declarations[name, default: []].append(file) }
    }
    folders = Set(files.map(\.folder).filter(belongs)).sorted()
    for file in files where belongs(file.folder) {
      for name in file.mentioned.keys.sorted() where !file.own.contains(name) {
        for place in Self.nearest(declarations[name] ?? [], to: file) {
          references[Arrow(from: file.folder, to: place), default: []]
            .append(Reference(file: file.path, type: name))
        }
      }
    }
  }

  /// The folders in which a name's type may be declared: the file's own folder hides its target, and
  /// its target hides those it imports.
  private static func nearest(_ places: [SourceFile], to file: SourceFile) -> Set<String> {
    if places.contains(where: { $0.folder == file.folder }) { return [] }
    let near = places.filter { $0.target == file.target }
    let imported = places.filter { file.imports.contains($0.target) }
    return Set((near.isEmpty ? imported : near).map(\.folder))
  }

  func targets(of folder: String) -> [String] {
    references.keys.filter { $0.from == folder }.map(\.to).sorted()
  }

  /// Sets of folders of which each reaches each other, largest first; single folders are none.
  var circles: [Set<String>] {
    let reach = Dictionary(uniqueKeysWithValues: folders.map { ($0, reachable(from: $0)) })
    var result: Set<Set<String>> = []
    for folder in folders {
      let circle = reach[folder, default: []].filter { reach[$0, default: []].contains(folder) }
      if circle.count > 1 { result.insert(circle) }
    }
    return result.sorted { ($1.count, $0.sorted().joined()) < ($0.count, $1.sorted().joined()) }
  }

  /// All folders to which arrows lead from one, by any number of steps.
  func reachable(from folder: String) -> Set<String> {
    var seen: Set<String> = []
    var open = [folder]
    while let next = open.popLast() {
      for target in targets(of: next) where seen.insert(target).inserted { open.append(target) }
    }
    return seen
  }
}

extension FolderGraph {
  /// The arrows among some folders, those of the fewest references first, with these.
  func described(within circle: Set<String>, most: Int = .max) -> String {
    let arrows = references.filter { circle.contains($0.key.from) && circle.contains($0.key.to) }
    let sorted = arrows.sorted {
      ($0.value.count, $0.key.from, $0.key.to) < ($1.value.count, $1.key.from, $1.key.to)
    }
    return sorted.map { arrow, references in
      var lines = ["\(arrow.from) → \(arrow.to): \(references.count)"]
      lines += references.prefix(most).map { "  \($0.file) → \($0.type)" }
      if references.count > most { lines.append("  and \(references.count - most) more") }
      return lines.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// Every arrow with the number of its references, a folder a line.
  var summary: String {
    folders.map { folder in
      let words = targets(of: folder).map {
        "\($0) \(references[Arrow(from: folder, to: $0), default: []].count)"
      }
      return "\(folder) → \(words.isEmpty ? "nothing" : words.joined(separator: ", "))"
    }.joined(separator: "\n")
  }
}
