/// A function, initialiser, subscript or computed value of some length.
struct FunctionLength {
  /// The file and the name, such as `LVMCompute/Verify.swift verify`.
  var name: String
  /// The same without folders: `Verify.swift verify`.
  var key: String {
    String(name[(name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex)...])
  }
  var lines: Int
  /// The body is one switch without a `default`, which the compiler keeps complete, and little else.
  var isExhaustiveSwitch: Bool
}

extension FunctionLength {
  /// Everything in a file that has a body and a name, from its keyword to the brace that closes it.
  static func all(in file: SourceFile) -> [FunctionLength] {
    let tokens = file.tokens
    var result: [FunctionLength] = []
    for index in tokens.indices {
      guard let name = declaredName(tokens, at: index),
        let open = bodyStart(tokens, after: index), let close = closing(tokens, of: open)
      else { continue }
      result.append(
        FunctionLength(
          name: "\(file.path) \(name)", lines: tokens[close].line - tokens[index].line + 1,
          isExhaustiveSwitch: isSwitch(tokens, open, close)))
    }
    return result
  }

  private static func declaredName(_ tokens: [SwiftToken], at index: Int) -> String? {
    let previous = index > 0 ? tokens[index - 1].text : ""
    switch tokens[index].text {
    case "func", "var": return index + 1 < tokens.count ? tokens[index + 1].text : nil
    case "init", "subscript": return previous == "." ? nil : tokens[index].text
    default: return nil
    }
  }

  /// The brace that opens the body of a declaration, if it has one: what stands before it are the
  /// signature's own parentheses, and no sign that ends the declaration.
  private static func bodyStart(_ tokens: [SwiftToken], after index: Int) -> Int? {
    let isVariable = tokens[index].text == "var"
    var depth = 0
    for at in index + 1..<tokens.count {
      let text = tokens[at].text
      switch text {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "{" where depth == 0: return at
      case "}" where depth == 0: return nil
      case "=" where depth == 0 && isVariable: return nil
      case "func", "var", "let", "init", "subscript", "case", "struct", "enum", "class",
        "extension",
        "static", "private", "public", "if", "guard", "for", "return":
        if depth == 0, at > index + 1 { return nil }
      default: break
      }
      if depth < 0 { return nil }
    }
    return nil
  }

  static func closing(_ tokens: [SwiftToken], of open: Int) -> Int? {
    var depth = 0
    for at in open..<tokens.count {
      if tokens[at].text == "{" { depth += 1 }
      if tokens[at].text == "}" {
        depth -= 1
        if depth == 0 { return at }
      }
    }
    return nil
  }

  /// Whether a switch without `default` takes all but ten lines of a body, and no case over thirty.
  private static func isSwitch(_ tokens: [SwiftToken], _ open: Int, _ close: Int) -> Bool {
    guard let start = (open..<close).first(where: { tokens[$0].text == "switch" }),
      let brace = (start..<close).first(where: { tokens[$0].text == "{" }),
      let end = closing(tokens, of: brace)
    else { return false }
    let rest = tokens[close].line - tokens[open].line - (tokens[end].line - tokens[start].line)
    var depth = 0
    var cases: [Int] = []
    for at in brace..<end {
      switch tokens[at].text {
      case "{": depth += 1
      case "}": depth -= 1
      case "case" where depth == 1: cases.append(tokens[at].line)
      case "default" where depth == 1: return false
      default: break
      }
    }
    let longest = zip(cases, cases.dropFirst() + [tokens[end].line]).map { $1 - $0 }.max() ?? 0
    return rest <= 10 && longest <= 30
  }
}
