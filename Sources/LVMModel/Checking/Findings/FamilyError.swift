import LVMSyntax

/// What is wrong with a distribution: its name, its arguments, or the variable it is for.
enum FamilyError: WordedFinding {
  case unknown(String, isFunction: Bool, isNetwork: Bool)
  case notAFamily(found: String)
  case tooManyArguments(family: String, names: [String], found: Int)
  case missingArgument(family: String, missing: [String], forms: [String])
  case unknownArgument(family: String, label: String, names: [String])
  case repeatedArgument(family: String, label: String)
  case positionalAfterNamed(family: String)
  case mixedForms(family: String, labels: [String], forms: [String])
  case argumentKind(
    family: String, argument: String, expected: String, found: String, declared: Span?,
    help: [String])
  case outsideDomain(family: String, argument: String, value: String, expected: String)
  case limits(low: String, high: String)
  case support(family: String, variable: String, kind: String, reason: String, help: [String])
  case emptySupport(family: String, variable: String, kind: String)
  case needsVector(family: String, variable: String, type: String, help: [String])
  case categories(
    family: String, argument: String, found: String, variable: String, type: String, help: [String])
  case combinatorNeedsFamily(String, found: String)
  case zeroInflatedBase(String)
  case limitedBase(String, combinator: String)
  case noLimits(String)
  case rightWithLimits
  case mixtureLead(argument: String, size: String, found: String)
  case mixtureOfSeveral
  case mixtureWeights(found: String, variable: String, type: String)

  var wording: Wording {
    switch self {
    case .unknown(let name, let isFunction, let isNetwork):
      let known = Vocabulary.families
      if isNetwork || isFunction {
        return Wording(
          .notAFamily,
          "after `~` stands a family; `\(name)` is a \(isNetwork ? "network" : "function")",
          help: [
            "say how the value is distributed, as in `~ Normal(\(name)(…), 1)`, "
              + "or write `=` for equality"
          ])
      }
      return Wording(
        .unknownFamily, "there is no family `\(name)`",
        help: Self.foreign[name.lowercased()].map { ["write `\($0)`"] }
          ?? (didYouMean(name, among: known).isEmpty
            ? ["the families are \(known.joined(separator: ", "))"]
            : didYouMean(name, among: known)))
    case .notAFamily(let found):
      return Wording(
        .notAFamily, "a family such as `Normal(0, 1)` must stand here, not \(found)")
    case .tooManyArguments(let family, let names, let found):
      return Wording(
        .familyArgumentCount,
        "`\(family)` takes \(counted(names.count, "argument")); here it has \(found)",
        help: ["write `\(family)(\(names.joined(separator: ", ")))`"])
    case .missingArgument(let family, let missing, let forms):
      return Wording(
        .missingArgument, "`\(family)` lacks its \(missing.joined(separator: " and its "))",
        help: ["write " + forms.map { "`\(family)(\($0))`" }.joined(separator: " or ")])
    case .unknownArgument(let family, let label, let names):
      let near = didYouMean(label, among: names)
      return Wording(
        .unknownArgument, "`\(family)` has no argument `\(label)`",
        help: near.isEmpty ? ["its arguments are \(quotedList(names))"] : near)
    case .repeatedArgument(let family, let label):
      return Wording(.repeatedArgument, "the \(label) of `\(family)` is given twice")
    case .positionalAfterNamed(let family):
      return Wording(
        .positionalAfterNamed, "an argument of `\(family)` without a name follows one with a name",
        help: ["name this one too, or put it first"])
    case .mixedForms(let family, let labels, let forms):
      return Wording(
        .mixedForms, "`\(family)` cannot take \(quotedList(labels)) together",
        help: ["write " + forms.map { "`\(family)(\($0))`" }.joined(separator: " or ")])
    case .argumentKind(
      let family, let argument, let expected, let found, let declared, let help):
      return Wording(
        .argumentKind,
        "the \(argument) of `\(family)` must be `\(expected)`; this is `\(found)`",
        secondary: declared.map { [.init($0, "declared here")] } ?? [], help: help)
    case .outsideDomain(let family, let argument, let value, let expected):
      return Wording(
        .argumentValue, "the \(argument) of `\(family)` must be \(expected); this is \(value)")
    case .limits(let low, let high):
      return Wording(.limitsOrder, "the lower limit \(low) is not below the upper limit \(high)")
    case .support(let family, let variable, let kind, let reason, let help):
      return Wording(
        .familySupport, "`\(variable)` is `\(kind)`, but `\(family)` \(reason)", help: help)
    case .emptySupport(let family, let variable, let kind):
      return Wording(
        .emptySupport,
        "no value of `\(variable)` (`\(kind)`) is possible under this `\(family)`")
    case .needsVector(let family, let variable, let type, let help):
      return Wording(
        .familyEvent, "`\(family)` is for vectors, but `\(variable)` is `\(type)`", help: help)
    case .categories(let family, let argument, let found, let variable, let type, let help):
      return Wording(
        .categoryCount,
        "the \(argument) of `\(family)` are `\(found)`, but `\(variable)` is `\(type)`",
        help: ["there must be one for each category"] + help)
    case .combinatorNeedsFamily(let name, let found):
      return Wording(
        .combinatorBase, "`\(name)` changes a family; here it has \(found)",
        help: ["write for example `\(Self.example(name))`"])
    case .zeroInflatedBase(let family):
      return Wording(
        .zeroInflatedBase, "`ZeroInflated` is for families of counts, `\(family)` is not one",
        help: ["such as Poisson, NegativeBinomial, Binomial, Geometric"])
    case .limitedBase(let family, let combinator):
      return Wording(
        .limitedBase,
        "`\(combinator)` is for families of single ordered values, "
          + "`\(family)` is not one")
    case .noLimits(let name):
      return Wording(
        .noLimits, "`\(name)` lacks its limits",
        help: ["write `\(Self.example(name))`"])
    case .rightWithLimits:
      return Wording(
        .rightWithLimits, "`right:` says which values are censored, so limits have no meaning",
        help: ["write `Censored(family, low, high)` or `Censored(family, right: 1 - event)`"])
    case .mixtureLead(let argument, let size, let found):
      return Wording(
        .mixtureLead,
        "the \(argument) must be one value or lead with the \(size) components; this is `\(found)`")
    case .mixtureOfSeveral:
      return Wording(
        .familyArgumentCount,
        "`Mixture` takes one family, whose arguments lead with the components",
        help: ["write for example `Mixture(w, Normal([a, b], 1))`"])
    case .mixtureWeights(let found, let variable, let type):
      return Wording(
        .mixtureWeights,
        "the weights of a mixture for `\(variable)` (`\(type)`) cannot be `\(found)`",
        help: [
          "`simplex[K]` chooses one component for the whole value, `simplex[D, K]` one an element"
        ])
    }
  }

  private static func example(_ name: String) -> String {
    switch name {
    case "ZeroInflated": "ZeroInflated(Poisson(rate), probability)"
    case "Truncated": "Truncated(Normal(0, 1), low: 0)"
    case "Censored": "Censored(Normal(0, 1), low: 0)"
    default: "Mixture(weights, Normal(mean, scale))"
    }
  }

  private static let foreign = [
    "gaussian": "Normal", "multinormal": "MultivariateNormal", "mvn": "MultivariateNormal",
    "student": "StudentT", "t": "StudentT", "discrete": "Categorical",
    "negbinomial": "NegativeBinomial", "negativebinomial2": "NegativeBinomial",
    "exp": "Exponential", "doubleexponential": "Laplace", "flat": "Uniform",
    "invgamma": "InverseGamma", "chisquared": "Gamma", "multivariatenormal": "MultivariateNormal",
    "bernoullilogit": "Bernoulli(logit: …)", "hurdle": "ZeroInflated",
    "lognormal": "LogNormal", "halfstudentt": "StudentT` on a `positive` variable, `StudentT",
  ]
}
