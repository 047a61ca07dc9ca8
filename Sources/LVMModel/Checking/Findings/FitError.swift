import LVMSyntax

/// What is wrong with the `fit` block.
enum FitError: WordedFinding {
  case unknownKey(String)
  case repeatedKey(String, first: Span)
  case value(key: String, expected: String, found: String)
  case optimizer(String, known: [String])

  var wording: Wording {
    switch self {
    case .unknownKey(let key):
      let near = didYouMean(key, among: Vocabulary.fitKeys)
      let foreign = [
        "learning_rate": "optimizer = Adam(0.001)", "lr": "optimizer = Adam(0.001)",
        "rate": "optimizer = Adam(0.001)", "beta": "kl = 4", "batch_size": "batch = 128",
        "iterations": "epochs = 50", "steps": "epochs = 50", "chains": "restarts = 4",
        "seed": "",
      ]
      let help: [String]
      if let text = foreign[key.lowercased()] {
        help = [
          text.isEmpty ? "the seed is given on the command line, `--seed 1`" : "write `\(text)`"
        ]
      } else {
        help =
          near.isEmpty ? ["the settings are \(Vocabulary.fitKeys.joined(separator: ", "))"] : near
      }
      return Wording(.fitKey, "`fit` has no setting `\(key)`", help: help)
    case .repeatedKey(let key, let first):
      return Wording(
        .fitRepeated, "`\(key)` is set already", secondary: [.init(first, "set here")],
        help: ["keep one of them"])
    case .value(let key, let expected, let found):
      return Wording(.fitValue, "`\(key)` must be \(expected); this is `\(found)`")
    case .optimizer(let name, let known):
      let near = didYouMean(name, among: known)
      return Wording(
        .optimizer, "there is no optimizer `\(name)`",
        help: near.isEmpty ? ["the optimizers are \(quotedList(known))"] : near)
    }
  }
}
