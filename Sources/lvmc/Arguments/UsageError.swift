import LVM

/// What is wrong with a command line: one message, exit code 2.
enum UsageError: Finding, Error {
  case unknownCommand(String, known: [String])
  case plannedCommand(String)
  case unknownOption(String, command: String, known: [String])
  case plannedOption(String, reason: String)
  case missingValue(option: String, placeholder: String)
  case unwantedValue(option: String)
  case repeated(option: String)
  case notWholeNumber(option: String, found: String, from: Int)
  case notAnAmount(option: String, found: String)
  case tooMany(option: String, found: Int, most: Int)
  case beyondCounting(option: String, found: Int, most: Int)
  case notAChoice(option: String, found: String, choices: [String])
  case notAPair(option: String, found: String, example: String)
  case notANumber(option: String, name: String, found: String)
  case unknownName(option: String, name: String, what: String, known: [String])
  case notASize(name: String, found: String)
  case columns(name: String, text: String, reason: String)
  case fitSetting(key: String, reason: String)
  /// An option that the model at hand gives no meaning to.
  case withoutMeaning(option: String, reason: String)
  case method(asked: String, model: String, strategy: String, reason: String)
  case missingArgument(String, command: String, usage: String)
  case unexpectedArgument(String, command: String, usage: String)
  case noModel(String, known: [String])
  case exists(path: String)
  case cannotRead(path: String)
  /// An output that is read, too.
  case ontoInput(option: String, path: String)
  /// A word of the command line, or the working directory.
  case notUTF8(String)
  case initialValue(name: String, reason: String)
  /// The environment asks for kernels that there are not.
  case kernels(KernelLevelError)

  var code: String {
    switch self {
    case .unknownCommand: "unknown-command"
    case .plannedCommand: "command-not-available"
    case .unknownOption: "unknown-option"
    case .plannedOption: "option-not-available"
    case .missingValue: "missing-value"
    case .unwantedValue: "unwanted-value"
    case .repeated: "repeated-option"
    case .notWholeNumber, .notANumber: "wrong-number"
    case .notAnAmount: "wrong-amount"
    case .tooMany, .beyondCounting: "too-many"
    case .notAChoice: "wrong-choice"
    case .notAPair: "wrong-pair"
    case .unknownName: "unknown-name"
    case .notASize: "wrong-size"
    case .columns: "wrong-columns"
    case .fitSetting: "wrong-fit-setting"
    case .withoutMeaning: "option-without-meaning"
    case .method: "method-does-not-apply"
    case .missingArgument: "missing-argument"
    case .unexpectedArgument: "unexpected-argument"
    case .noModel: "no-such-model"
    case .exists: "file-exists"
    case .cannotRead: "unreadable"
    case .ontoInput: "output-is-input"
    case .notUTF8: "path-not-utf8"
    case .initialValue: "wrong-initial-value"
    case .kernels: "wrong-kernels"
    }
  }

  var message: String {
    switch self {
    case .unknownCommand(let word, _): "there is no command `\(word)`"
    case .plannedCommand(let word): "the command `\(word)` is not in this version of lvmc"
    case .unknownOption(let word, let command, _): "`lvmc \(command)` has no option `\(word)`"
    case .plannedOption(let option, let reason): "`\(option)` is not in this version: \(reason)"
    case .missingValue(let option, let placeholder):
      "`\(option)` needs a value: `\(option) \(placeholder)`"
    case .unwantedValue(let option): "`\(option)` takes no value"
    case .repeated(let option): "`\(option)` is given twice"
    case .notWholeNumber(let option, let found, let from):
      "`\(option)` needs a whole number from \(from), not `\(found)`"
    case .notAnAmount(let option, let found):
      "`\(option)` needs an amount of memory, such as `256MB` or `4GB`, not `\(found)`"
    case .tooMany(let option, let found, let most):
      "`\(option) \(found)` is more than fits in memory: at most \(most) here"
    case .beyondCounting(let option, let found, let most):
      "`\(option)` is at most \(most), not \(found)"
    case .notAChoice(let option, let found, let choices):
      "`\(option)` is one of \(choices.joined(separator: ", ")), not `\(found)`"
    case .notAPair(let option, let found, let example):
      "`\(option)` needs a name and a value, such as `\(example)`, not `\(found)`"
    case .notANumber(let option, let name, let found):
      "`\(option) \(name)=\(found)`: `\(found)` is not a number"
    case .unknownName(let option, let name, let what, _):
      "`\(option)`: the model has no \(what) `\(name)`"
    case .notASize(let name, let found):
      "`--set \(name)=\(found)`: a size is a whole number of at least 1"
    case .columns(let name, let text, let reason):
      "`--bind \(name)=\(text)`: \(reason)"
    case .fitSetting(let key, let reason): "`--fit \(key)`: \(reason)"
    case .withoutMeaning(let option, let reason): "`--\(option)`: \(reason)"
    case .method(let asked, let model, let strategy, _):
      asked == "quadrature"
        ? "`--method quadrature`: \(model) has no continuous latent to integrate; it is fitted by \(strategy)"
        : "`--method \(asked)`: \(model) is fitted by \(strategy)"
    case .missingArgument(let name, _, _): "\(name) is missing"
    case .unexpectedArgument(let word, _, _): "`\(word)` is one argument too many"
    case .noModel(let name, _): "there is no bundled model `\(name)`"
    case .exists(let path): "`\(path)` exists already; it is not overwritten"
    case .cannotRead(let path): "`\(path)` cannot be read"
    case .ontoInput(let option, let path):
      "`\(option) \(path)` is a file that this command reads; it is not overwritten"
    case .notUTF8(let word): "`\(word)` is not UTF-8, and names of files have to be"
    case .initialValue(let name, let reason): "`--init`: `\(name)` cannot be used: \(reason)"
    case .kernels(.unknown(let word)):
      "`LVM_KERNELS` is one of v4, v3, baseline, not `\(word)`"
    case .kernels(.notOfThisMachine(let level, let highest)):
      "`LVM_KERNELS=\(level.rawValue)`: the highest level of this machine is \(highest.rawValue)"
    }
  }

  var help: [String] {
    switch self {
    case .unknownCommand(let word, let known):
      suggestion(word, known) ?? ["`lvmc --help` lists the commands"]
    case .plannedCommand: ["`lvmc --help` lists the commands that there are"]
    case .unknownOption(let word, let command, let known):
      suggestion(word, known) ?? ["`lvmc \(command) --help` lists its options"]
    case .unknownName(_, let name, let what, let known):
      suggestion(name, known)
        ?? (known.isEmpty
          ? ["it has none at all"]
          : ["what it has as \(what): " + known.map { "`\($0)`" }.joined(separator: ", ")])
    case .noModel(let name, let known):
      (suggestion(name, known) ?? []) + ["bundled models: " + known.joined(separator: ", ")]
    case .notAChoice(_, let found, let choices): suggestion(found, choices) ?? []
    case .missingArgument(_, _, let usage), .unexpectedArgument(_, _, let usage):
      ["usage: \(usage)"]
    case .ontoInput: ["choose another name"]
    case .notUTF8: ["rename the file or folder"]
    case .method(_, _, let strategy, let reason): ["\(strategy), because \(reason)"]
    case .plannedOption, .missingValue, .unwantedValue, .repeated, .notWholeNumber, .notAPair,
      .tooMany, .beyondCounting, .notANumber, .notAnAmount, .notASize, .columns, .fitSetting,
      .withoutMeaning,
      .exists,
      .cannotRead, .initialValue, .kernels:
      []
    }
  }

  private func suggestion(_ word: String, _ known: [String]) -> [String]? {
    nearestSpelling(word, among: known).map { ["did you mean `\($0)`?"] }
  }
}
