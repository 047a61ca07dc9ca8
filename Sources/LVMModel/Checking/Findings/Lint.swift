import LVMSyntax

/// What is legal but most likely not meant, from the graph alone.
enum Lint: WordedFinding {
  case unusedParameter(String)
  case unusedLatent(String)
  case unusedGiven(String)
  case unusedLet(String)
  case unusedSize(String)
  case unusedNetwork(String)
  case unusedGuide(String, isObserved: Bool, isFinite: Bool, networks: [String])
  case uninformedParameter(String)
  case uninformedLatent(String)
  case nothingObserved
  case argumentRange(
    family: String, argument: String, expected: String, shown: String, help: [String])

  var severity: Severity { .warning }

  var wording: Wording {
    switch self {
    case .unusedParameter(let name):
      return Wording(
        .unusedParameter, "nothing uses the parameter `\(name)`: it is left out of the fit")
    case .unusedLatent(let name):
      return Wording(
        .unusedLatent, "nothing depends on the latent `\(name)`: its posterior is its prior")
    case .unusedGiven(let name):
      return Wording(.unusedGiven, "nothing uses the given variable `\(name)`")
    case .unusedLet(let name):
      return Wording(.unusedLet, "nothing uses `\(name)`")
    case .unusedSize(let name):
      return Wording(.unusedSize, "nothing uses `\(name)` of the model's header")
    case .unusedNetwork(let name):
      return Wording(
        .unusedNetwork, "nothing uses the network `\(name)`: it is left out of the fit")
    case .unusedGuide(let name, let isObserved, let isFinite, let networks):
      let noun = networks.count == 1 ? "network" : "networks"
      let others = networks.isEmpty ? "" : ", and the \(noun) \(quotedList(networks)) with it"
      let reason: String
      switch (isObserved, isFinite) {
      case (true, true): reason = "where `\(name)` is missing it is summed out exactly"
      case (false, _): reason = "`\(name)` is summed out exactly"
      case (true, false):
        reason = "where `\(name)` is missing it is left out of the likelihood, which is exact"
      }
      return Wording(
        .unusedGuide, "the guide of `\(name)` does nothing: \(reason)",
        help: ["leave the line out\(others)"])
    case .uninformedParameter(let name):
      return Wording(
        .uninformedParameter,
        "the data say nothing about the parameter `\(name)`: no observed variable depends on it")
    case .uninformedLatent(let name):
      return Wording(
        .uninformedLatent,
        "the data say nothing about the latent `\(name)`: no observed variable depends on it")
    case .argumentRange(let family, let argument, let expected, let shown, let help):
      return Wording(
        .argumentRange,
        "the \(argument) of `\(family)` must be \(expected), and \(shown) is not sure to be",
        help: help)
    case .nothingObserved:
      return Wording(
        .nothingObserved, "this model observes nothing, so there is nothing to learn from",
        help: ["bind data with `observe` inside `each row { … }`"])
    }
  }
}
