import LVMSyntax

/// What is wrong with kinds of values: types as written, and values where another kind must stand.
enum TypeError: WordedFinding {
  case sizeCount(type: String, expected: String)
  case labelsOutsideCategory(type: String)
  case mixedLabels
  case duplicateLabel(String)
  case discreteParameter(name: String, kind: String)
  case textAsValue
  case categoryAsNumber(String, use: String)
  case wrongKind(what: String, expected: String, found: String, declared: Span?, help: [String])
  case mixedElements(first: String, other: String)
  case argumentCount(function: String, expected: String, found: Int)
  case namedArgument(function: String, label: String)
  case needsCategory(function: String, found: String)
  case rangeArgument(function: String)
  case constantWithoutValue(String)
  case constantNotNumber(String)
  case sizeNotWhole(String, value: String, isSetting: Bool)
  case outsideFunction(function: String, value: String, expected: String)

  var wording: Wording {
    switch self {
    case .sizeCount(let type, let expected):
      return Wording(
        .typeSizes, "`\(type)` needs \(expected) in brackets",
        help: [Self.typeExample(type)])
    case .labelsOutsideCategory(let type):
      return Wording(
        .labelsOutsideCategory, "`\(type)` takes sizes, not labels",
        help: ["labels belong to `category[\"low\", \"high\"]`"])
    case .mixedLabels:
      return Wording(
        .mixedLabels, "the labels of a category come last, with no number after them",
        help: [
          "either `category[K]` or `category[\"low\", \"high\"]`; sizes of a vector come first"
        ])
    case .duplicateLabel(let label):
      return Wording(.duplicateLabel, "the label \"\(label)\" is listed twice")
    case .discreteParameter(let name, let kind):
      return Wording(
        .discreteParameter,
        "a parameter is continuous, but `\(name)` is declared `\(kind)`",
        help: [
          "a discrete unknown is inferred: `latent \(name) : \(kind) ~ …`"
        ])
    case .textAsValue:
      return Wording(
        .textAsValue, "a text has no value here",
        help: ["texts stand for labels in `category[\"…\"]` and for columns after `from`"])
    case .categoryAsNumber(let found, let use):
      return Wording(
        .categoryAsNumber, "a category is not a number: it cannot \(use)", label: "`\(found)`",
        help: ["pick a value by it, `effect[k]`, or use its indicator vector `one_hot(k)`"])
    case .wrongKind(let what, let expected, let found, let declared, let help):
      return Wording(
        .wrongKind, "\(what) must be `\(expected)`; this is `\(found)`",
        secondary: declared.map { [.init($0, "declared here")] } ?? [],
        help: help)
    case .mixedElements(let first, let other):
      return Wording(
        .mixedElements, "the elements of a list have one shape; here `\(first)` and `\(other)`")
    case .argumentCount(let function, let expected, let found):
      return Wording(
        .argumentCount,
        "`\(function)` takes \(expected); here it has \(spelled(found))")
    case .namedArgument(let function, let label):
      return Wording(
        .namedArgument, "the arguments of `\(function)` have no names",
        help: ["leave out `\(label):`"])
    case .needsCategory(let function, let found):
      return Wording(.needsCategory, "`\(function)` takes a category; this is `\(found)`")
    case .rangeArgument(let function):
      return Wording(
        .rangeArgument, "`\(function)` takes values, not a range",
        help: ["a range stands in an index, `x[1..3]`, or in `previous(x, 1..3)`"])
    case .constantWithoutValue(let name):
      return Wording(
        .constantWithoutValue,
        "`\(name)` has no value: it is used as a number, so the data cannot tell it",
        help: [
          "give it one in the header, `\(name) = 1`, or on the command line, `--set \(name)=1`"
        ])
    case .constantNotNumber(let name):
      return Wording(
        .constantNotNumber,
        "the value of `\(name)` must be a number, or computed from names that have one")
    case .sizeNotWhole(let name, let value, let isSetting):
      return Wording(
        .sizeNotWhole,
        "`\(name)` is used as a size, so it must be a whole number of at least 1, not \(value)",
        help: isSetting ? ["it was set on the command line"] : [])
    case .outsideFunction(let function, let value, let expected):
      return Wording(
        .outsideFunction, "`\(function)` is not defined at \(value)",
        help: ["it takes \(expected)"])
    }
  }

  private static func typeExample(_ type: String) -> String {
    switch type {
    case "category": "write `category[K]` for one of K values, or `category[\"low\", \"high\"]`"
    case "simplex": "write `simplex[K]` for K probabilities that sum to one"
    case "orthonormal": "write `orthonormal[D, L]` for L orthonormal columns of length D"
    default: "write `\(type)[D]` for a D by D matrix, `\(type)[K, D]` for K of them"
    }
  }
}
