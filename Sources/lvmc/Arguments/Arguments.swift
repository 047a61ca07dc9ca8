import LVM

/// A command line read by a command's table of options.
struct Arguments {
  private(set) var positional: [String] = []
  private var values: [String: [String]] = [:]

  /// Reads the words after the command's name.
  init(_ words: [String], of command: any Command.Type) throws(UsageError) {
    var rest = words[...]
    var optionsEnded = false
    while let word = rest.popFirst() {
      if optionsEnded || word == "-" || !word.hasPrefix("-") {
        positional.append(word)
      } else if word == "--" {
        optionsEnded = true
      } else {
        try read(word, &rest, command)
      }
    }
    try checkCount(command)
  }

  private mutating func read(
    _ word: String, _ rest: inout ArraySlice<String>, _ command: any Command.Type
  ) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let flag = String(parts[0])
    let options = command.allOptions
    guard
      let option = options.first(where: {
        "--\($0.name)" == flag || $0.short.map { "-\($0)" } == flag
      })
    else {
      throw .unknownOption(flag, command: command.name, known: options.map { "--\($0.name)" })
    }
    if let reason = option.refusal { throw .plannedOption(flag, reason: reason) }
    guard option.takesValue else {
      if parts.count > 1 { throw .unwantedValue(option: flag) }
      values[option.name] = []
      return
    }
    let value: String
    if parts.count > 1 {
      value = String(parts[1])
    } else if let next = rest.first, next == "-" || !next.hasPrefix("-") || isNumber(next) {
      value = next
      rest.removeFirst()
    } else {
      throw .missingValue(option: flag, placeholder: option.placeholder ?? "")
    }
    try check(value, of: option, as: flag)
    if case .pair = option.value {
      values[option.name, default: []].append(value)
    } else {
      if values[option.name] != nil { throw .repeated(option: flag) }
      values[option.name] = [value]
    }
  }

  /// How many of anything may be asked for, as in a model's `fit` block: sums of such counts stay numbers.
  static let mostCounted = 1_000_000_000

  private func isNumber(_ text: String) -> Bool { Double(text) != nil }

  private func check(_ value: String, of option: Option, as flag: String) throws(UsageError) {
    switch option.value {
    case .none: break
    case .text(let placeholder):
      if value.isEmpty { throw .missingValue(option: flag, placeholder: placeholder) }
    case .wholeNumber(_, let from):
      guard let number = Int(value), number >= from else {
        throw .notWholeNumber(option: flag, found: value, from: from)
      }
    case .count(_, let from):
      guard let number = Int(value), number >= from else {
        throw .notWholeNumber(option: flag, found: value, from: from)
      }
      guard number <= Self.mostCounted else {
        throw .beyondCounting(option: flag, found: number, most: Self.mostCounted)
      }
    case .choice(let words):
      if !words.contains(value) {
        throw .notAChoice(option: flag, found: value, choices: words)
      }
    case .pair(let example):
      let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw .notAPair(option: flag, found: value, example: "\(flag) \(example)")
      }
    }
  }

  private func checkCount(_ command: any Command.Type) throws(UsageError) {
    if has("help") { return }
    let wanted = command.arguments
    if positional.count < command.requiredCount(self) {
      throw .missingArgument(
        wanted[positional.count].name, command: command.name, usage: command.usage)
    }
    if positional.count > wanted.count, wanted.last?.isRepeated != true {
      throw .unexpectedArgument(
        positional[wanted.count], command: command.name, usage: command.usage)
    }
  }

  func has(_ name: String) -> Bool { values[name] != nil }

  func text(_ name: String) -> String? { values[name]?.first }

  func integer(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

  /// What a repeatable `NAME=VALUE` option was given, in the order of the line.
  func pairs(_ name: String) -> [(name: String, value: String)] {
    (values[name] ?? []).map { text in
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
  }
}
