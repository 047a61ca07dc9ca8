/// One option of a command: the table of these drives parsing, help and suggestions alike.
struct Option {
  enum Value {
    /// Present or absent.
    case none
    case text(placeholder: String)
    case wholeNumber(placeholder: String, from: Int)
    /// How many of something, `Arguments.mostCounted` at most.
    case count(placeholder: String, from: Int)
    case choice([String])
    /// `NAME=VALUE`, as often as wanted.
    case pair(placeholder: String)
  }

  var name: String
  var short: String?
  var value: Value
  var help: String
  /// Why this version refuses it; nil if it works.
  var refusal: String?

  init(
    _ name: String, short: String? = nil, _ value: Value = .none, help: String,
    refusal: String? = nil
  ) {
    self.name = name
    self.short = short
    self.value = value
    self.help = help
    self.refusal = refusal
  }

  var takesValue: Bool {
    if case .none = value { return false }
    return true
  }

  var placeholder: String? {
    switch value {
    case .none: nil
    case .text(let placeholder), .wholeNumber(let placeholder, _), .count(let placeholder, _),
      .pair(let placeholder):
      placeholder
    case .choice(let words): words.joined(separator: "|")
    }
  }

  /// `-o, --output DIR`, as help shows it.
  var usage: String {
    let flags = (short.map { "-\($0), " } ?? "") + "--\(name)"
    return placeholder.map { "\(flags) \($0)" } ?? flags
  }
}
