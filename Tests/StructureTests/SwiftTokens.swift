/// A word or a sign of Swift source that stands outside comments and strings.
struct SwiftToken: Equatable {
  var text: String
  /// From one.
  var line: Int
}

/// Reads Swift source into tokens: names and numbers whole, every other sign alone. What strings
/// interpolate is code and stays.
struct SwiftTokens {
  private let characters: [Character]
  private var at = 0
  private var line = 1
  private(set) var tokens: [SwiftToken] = []

  init(_ source: String) {
    characters = Array(source)
    readCode(untilClosing: false)
  }

  static func of(_ source: String) -> [SwiftToken] { SwiftTokens(source).tokens }

  private func looksAt(_ text: String) -> Bool {
    var index = at
    for character in text {
      guard index < characters.count, characters[index] == character else { return false }
      index += 1
    }
    return true
  }

  private mutating func step(_ count: Int = 1) {
    for _ in 0..<count where at < characters.count {
      if characters[at].isNewline { line += 1 }
      at += 1
    }
  }

  /// Reads on to the end, or to the parenthesis that closes an interpolation.
  private mutating func readCode(untilClosing: Bool) {
    var depth = 0
    while at < characters.count {
      let character = characters[at]
      if looksAt("//") {
        while at < characters.count, !characters[at].isNewline { step() }
      } else if looksAt("/*") {
        skipComment()
      } else if character == "\"" || (character == "#" && stringMarks() != nil) {
        readString()
      } else if character.isLetter || character == "_" || character.isNumber {
        readWord()
      } else if character.isWhitespace {
        step()
      } else {
        if character == "(" { depth += 1 }
        if character == ")" {
          if untilClosing, depth == 0 { return }
          depth -= 1
        }
        tokens.append(SwiftToken(text: String(character), line: line))
        step()
      }
    }
  }

  private mutating func readWord() {
    var word = ""
    let first = line
    while at < characters.count,
      characters[at].isLetter || characters[at] == "_" || characters[at].isNumber
    {
      word.append(characters[at])
      step()
    }
    tokens.append(SwiftToken(text: word, line: first))
  }

  private mutating func skipComment() {
    var depth = 0
    repeat {
      if looksAt("/*") {
        depth += 1
        step(2)
      } else if looksAt("*/") {
        depth -= 1
        step(2)
      } else {
        step()
      }
    } while depth > 0 && at < characters.count
  }

  /// How many `#` stand before the quote here, or nil if none follows them.
  private func stringMarks() -> Int? {
    var index = at
    while index < characters.count, characters[index] == "#" { index += 1 }
    return index < characters.count && characters[index] == "\"" ? index - at : nil
  }

  private mutating func readString() {
    let marks = stringMarks() ?? 0
    step(marks)
    let quote = looksAt("\"\"\"") ? "\"\"\"" : "\""
    step(quote.count)
    let fence = String(repeating: "#", count: marks)
    while at < characters.count {
      if looksAt(quote + fence) {
        step(quote.count + marks)
        return
      }
      if looksAt("\\" + fence + "(") {
        step(marks + 2)
        readCode(untilClosing: true)
        step()
      } else if looksAt("\\" + fence) {
        step(marks + 2)
      } else {
        step()
      }
    }
  }
}
