import LVMSyntax

/// What is wrong with a guide.
enum GuideError: WordedFinding {
  case unknown(String, latents: [String])
  case notGuided(String, role: String, declared: Span)
  case repeated(String, first: Span)
  case readsUnguided(String, by: String, declared: Span)
  case cycle([String])
  case withoutDraw(String, variable: String, help: [String])
  case combinator(String, variable: String, help: [String])
  case support(String, gives: String, variable: String, lies: String, help: [String])

  var wording: Wording {
    switch self {
    case .unknown(let name, let latents):
      let near = didYouMean(name, among: latents)
      return Wording(
        .guideUnknown, "there is no latent `\(name)` to guide",
        help: near.isEmpty && !latents.isEmpty ? ["the latents are \(quotedList(latents))"] : near)
    case .notGuided(let name, let role, let declared):
      return Wording(
        .guideRole, "a guide is for latents, and `\(name)` is a `\(role)`",
        secondary: [.init(declared, "declared here")],
        help: [
          role == "param"
            ? "a parameter is estimated and has no posterior; make it a `latent` to infer one"
            : "leave it out"
        ])
    case .repeated(let name, let first):
      return Wording(
        .guideRepeated, "`\(name)` has a guide already", secondary: [.init(first, "the first one")],
        help: ["keep one of them"])
    case .readsUnguided(let name, let by, let declared):
      return Wording(
        .guideReads, "the guide of `\(by)` reads the latent `\(name)`, which has no guide itself",
        secondary: [.init(declared, "declared here")],
        help: ["read observed and given variables, or add a line for `\(name)`"])
    case .cycle(let names):
      return Wording(
        .guideCycle,
        names.count == 1
          ? "the guide of `\(names[0])` reads `\(names[0])` itself"
          : "the guides of \(quotedList(names)) read one another in a circle")
    case .withoutDraw(let family, let name, let help):
      return Wording(
        .guideFamily, "`\(family)` has no reparameterised draw, so it cannot guide `\(name)`",
        help: help)
    case .combinator(let word, let name, let help):
      return Wording(
        .guideFamily, "a guide is one family, so `\(word)` cannot guide `\(name)`", help: help)
    case .support(let family, let gives, let name, let lies, let help):
      return Wording(
        .guideSupport,
        "`\(family)` gives \(gives), and cannot guide `\(name)`, whose values are \(lies)",
        help: help)
    }
  }
}
