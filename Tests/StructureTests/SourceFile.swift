import Foundation

/// A Swift file of the package, as the tests of its structure see it.
struct SourceFile {
  /// Beneath `Sources`, such as `LVMCompute/Execution/Arena.swift`.
  var path: String
  var tokens: [SwiftToken]
  /// Types that other files can name: those at top level that are not private.
  var declared: Set<String> = []
  /// Types whose names mean something else here: private, nested and generic ones.
  var own: Set<String> = []
  /// The modules it imports.
  var imports: Set<String> = []
  /// Every name that may be one of a type, with how often it stands here.
  var mentioned: [String: Int] = [:]

  /// The folder it stands in, such as `LVMCompute/Execution`.
  var folder: String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
  /// The target it is compiled into.
  var target: String { String(path.prefix { $0 != "/" }) }

  init(path: String, source: String) {
    self.path = path
    tokens = SwiftTokens.of(source)
    readNames()
  }

  private static let kinds: Set<String> = [
    "struct", "class", "enum", "protocol", "actor", "typealias",
  ]

  private mutating func readNames() {
    var depth = 0
    var isPrivate = false
    for (index, token) in tokens.enumerated() {
      let previous = index > 0 ? tokens[index - 1].text : ""
      // Words such as `final` and `indirect` may stand between.
      if ["private", "fileprivate"].contains(token.text) { isPrivate = true }
      if ["}", "{", ")", "let", "var", "func"].contains(token.text) { isPrivate = false }
      switch token.text {
      case "import" where depth == 0:
        if index + 1 < tokens.count { imports.insert(tokens[index + 1].text) }
      case "{": depth += 1
      case "}": depth -= 1
      case let kind where Self.kinds.contains(kind):
        // `class func` and the constraint `: class` declare no type.
        guard index + 1 < tokens.count, let name = Self.typeName(tokens[index + 1].text) else {
          continue
        }
        if depth == 0, !isPrivate { declared.insert(name) } else { own.insert(name) }
        isPrivate = false
      case let word where Self.typeName(word) != nil:
        // `A.B` names what is inside A; only A says where that is.
        if previous != "." { mentioned[word, default: 0] += 1 }
      default: break
      }
    }
    readGenericParameters()
  }

  /// Parameters of `func f<A, B: C>`, `struct S<A>` and `init<A>`.
  private mutating func readGenericParameters() {
    for (index, token) in tokens.enumerated() where token.text == "<" && index > 1 {
      let declares = Self.kinds.union(["func"]).contains(tokens[index - 2].text)
      guard declares || tokens[index - 1].text == "init" else { continue }
      var depth = 1
      var at = index + 1
      var isName = true
      while at < tokens.count, depth > 0 {
        switch tokens[at].text {
        case "<": depth += 1
        case ">": depth -= 1
        case ",": isName = true
        case ":": isName = false
        case let word where isName && Self.typeName(word) != nil: own.insert(word)
        default: break
        }
        at += 1
      }
    }
  }

  private static func typeName(_ word: String) -> String? {
    word.first?.isUppercase == true ? word : nil
  }
}

extension SourceFile {
  /// All Swift files beneath `Sources`, by path.
  static func all(under root: URL = packageRoot.appendingPathComponent("Sources")) throws
    -> [SourceFile]
  {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path)
    return try paths.filter { $0.hasSuffix(".swift") }.sorted().map {
      SourceFile(
        path: $0, source: try String(contentsOf: root.appendingPathComponent($0), encoding: .utf8))
    }
  }

  static let packageRoot = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
