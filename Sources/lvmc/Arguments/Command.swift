/// A command: its name, what it takes, and what it does.
protocol Command: Sendable {
  static var name: String { get }
  /// One line for the list of commands.
  static var summary: String { get }
  /// A few lines for the command's own help; empty if the summary says it all.
  static var details: [String] { get }
  static var arguments: [Argument] { get }
  static var options: [Option] { get }
  /// How many arguments must be there, given the options.
  static func requiredCount(_ arguments: Arguments) -> Int
  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode
}

/// An argument by its place.
struct Argument {
  var name: String
  var isOptional = false
  var isRepeated = false
}

extension Command {
  static var details: [String] { [] }

  static func requiredCount(_ arguments: Arguments) -> Int {
    self.arguments.filter { !$0.isOptional }.count
  }

  static var allOptions: [Option] {
    options + [Option("help", short: "h", help: "show this help")]
  }

  static var usage: String {
    var words = ["lvmc", name]
    for argument in arguments {
      let word = argument.isRepeated ? argument.name + "…" : argument.name
      words.append(argument.isOptional ? "[\(word)]" : word)
    }
    if !options.isEmpty { words.append("[options]") }
    return words.joined(separator: " ")
  }

  /// What `lvmc NAME --help` prints.
  static var helpText: String {
    var lines = ["usage: \(usage)", "", summary]
    if !details.isEmpty { lines += [""] + details }
    let shown = allOptions.filter { $0.refusal == nil }
    let width = shown.map(\.usage.count).max() ?? 0
    lines += ["", "options:"]
    for option in shown {
      let gap = String(repeating: " ", count: width - option.usage.count + 2)
      lines.append("  \(option.usage)\(gap)\(option.help)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
