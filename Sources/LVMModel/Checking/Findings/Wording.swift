import LVMSyntax

/// The words of one finding, kept together so that each case reads as the user will see it.
struct Wording {
  var code: FindingCode
  var message: String
  var label = ""
  var secondary: [Diagnostic.Label] = []
  var help: [String] = []

  init(
    _ code: FindingCode, _ message: String, label: String = "",
    secondary: [Diagnostic.Label] = [], help: [String] = []
  ) {
    self.code = code
    self.message = message
    self.label = label
    self.secondary = secondary
    self.help = help
  }
}

/// A finding that words each of its cases in one place.
protocol WordedFinding: Finding {
  var wording: Wording { get }
}

extension WordedFinding {
  var code: String { wording.code.rawValue }
  var message: String { wording.message }
  var label: String { wording.label }
  var secondary: [Diagnostic.Label] { wording.secondary }
  var help: [String] { wording.help }
}

/// `did you mean …?` for a misspelt word, or nothing.
func didYouMean(_ word: String, among known: some Collection<String>) -> [String] {
  guard let near = nearestSpelling(word, among: known) else { return [] }
  return ["did you mean `\(near)`?"]
}

/// `a, b and c`, each in quotes.
func quotedList(_ words: [String], _ last: String = "and") -> String {
  let quoted = words.map { "`\($0)`" }
  guard quoted.count > 1 else { return quoted.first ?? "" }
  return quoted.dropLast().joined(separator: ", ") + " \(last) " + (quoted.last ?? "")
}

/// Small numbers in words.
func spelled(_ count: Int) -> String {
  let words = ["none", "one", "two", "three", "four", "five"]
  return words.indices.contains(count) ? words[count] : "\(count)"
}

/// `1 argument`, `2 arguments`.
func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
