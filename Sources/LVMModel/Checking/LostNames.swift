import LVMSyntax

/// Names whose declarations the parser had to skip.
///
/// A statement that cannot be read is reported and left out of the tree; that its name is unknown
/// afterwards is no second mistake.
extension Checker {
  /// The words of the text that stand where a name is declared.
  static func declaredWords(in source: SourceText) -> Set<String> {
    var result: Set<String> = []
    var previous = ""
    var isHeader = false
    for line in 1...source.lineStarts.count {
      let text = source.line(line)
      var word = ""
      for character in text + "\n" {
        if character.isLetter || character.isNumber || character == "_" {
          word.append(character)
          continue
        }
        if word.isEmpty { continue }
        if previous == Keyword.model.rawValue { isHeader = true }
        if Keyword(rawValue: word) != nil, word != Keyword.model.rawValue { isHeader = false }
        if isHeader || declaring.contains(previous) { result.insert(word) }
        previous = word
        word = ""
      }
    }
    return result
  }

  private static let declaring: Set<String> = [
    Keyword.param.rawValue, Keyword.latent.rawValue, Keyword.observe.rawValue,
    Keyword.given.rawValue, Keyword.binding.rawValue, Keyword.network.rawValue,
  ]
}
