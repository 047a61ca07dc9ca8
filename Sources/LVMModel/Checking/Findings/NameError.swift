import LVMSyntax

/// What is wrong with names: unknown, declared twice, out of sight, defined in a circle.
enum NameError: WordedFinding {
  case unknown(String, near: [String])
  case unknownSize(String, sizes: [String])
  case unknownFunction(String, near: [String])
  case unknownType(String)
  case duplicate(String, what: String, first: Span)
  case notVisible(String, owner: String, declared: Span)
  case cycle([String], places: [Span], inOrder: Bool)
  case networkAsValue(String, inputs: [String])
  case functionAsValue(String)
  case variableAsFunction(String, isVector: Bool, declared: Span)
  case familyInExpression(String)
  case takenName(String, by: String)
  case unknownSetting(String, sizes: [String])

  var wording: Wording {
    switch self {
    case .unknown(let name, let near):
      return Wording(
        .unknownName, "there is no `\(name)` here", label: "not declared",
        help: didYouMean(name, among: near).isEmpty
          ? ["declare it, as in `param \(name) : real`"] : didYouMean(name, among: near))
    case .unknownSize(let name, let sizes):
      return Wording(
        .unknownName, "there is no size `\(name)`", label: "not in the model's header",
        help: didYouMean(name, among: sizes).isEmpty
          ? ["add it to the header, as in `model M(\(name))` or `model M(\(name) = 2)`"]
          : didYouMean(name, among: sizes))
    case .unknownFunction(let name, let near):
      return Wording(
        .unknownFunction, "there is no function or network `\(name)`",
        help: didYouMean(name, among: near))
    case .unknownType(let name):
      return Wording(
        .unknownType, "`\(name)` is not a type", help: Self.typeHelp(name))
    case .duplicate(let name, let what, let first):
      return Wording(
        .duplicateName, "there is already \(what) named `\(name)`", label: "declared again",
        secondary: [.init(first, "declared here")],
        help: [
          what.hasSuffix("put")
            ? "choose another name for one of them"
            : "every name stands for one thing in the whole model: choose another"
        ])
    case .notVisible(let name, let owner, let declared):
      return Wording(
        .nameNotVisible, "`\(name)` belongs to `\(owner)` and cannot be seen here",
        secondary: [.init(declared, "declared here")],
        help: ["a name is visible in the block that declares it and in the blocks inside that one"])
    case .cycle(let names, let places, let inOrder):
      let path = (names + [names.first ?? ""]).map { "`\($0)`" }.joined(separator: " → ")
      return Wording(
        .definitionCycle,
        names.count == 1
          ? "`\(names[0])` is defined by itself" : "these are defined in a circle: \(path)",
        label: names.count == 1 ? "" : "this needs `\(names[1 % names.count])`",
        secondary: zip(names, places).enumerated().dropFirst().map { offset, item in
          .init(item.1, "`\(item.0)` needs `\(names[(offset + 1) % names.count])`")
        },
        help: inOrder
          ? ["an earlier row's value is `previous(\(names[0]))`, after `initially … then`"] : [])
    case .networkAsValue(let name, let inputs):
      return Wording(
        .networkAsValue, "`\(name)` is a network: it has a value only for given inputs",
        help: ["call it, as in `\(name)(\(inputs.joined(separator: ", ")))`"])
    case .functionAsValue(let name):
      return Wording(
        .functionAsValue, "`\(name)` is a function; there is no variable of that name here",
        help: ["call it, as in `\(name)(x)`"])
    case .variableAsFunction(let name, let isVector, let declared):
      return Wording(
        .variableAsFunction, "`\(name)` is a variable, not a function",
        secondary: [.init(declared, "declared here")],
        help: isVector
          ? ["an element of it is `\(name)[i]`"] : ["a product is written `\(name) * (…)`"])
    case .familyInExpression(let name):
      return Wording(
        .familyInExpression, "`\(name)` is a family of distributions, not a value",
        help: ["draw a variable from it: `latent v : real ~ \(name)(…)`"])
    case .takenName(let name, let owner):
      return Wording(
        .takenName, "a network cannot be named `\(name)`: that is \(owner) of the language",
        help: ["choose another name"])
    case .unknownSetting(let name, let sizes):
      return Wording(
        .unknownSetting, "the model has no size or constant `\(name)` to set",
        help: sizes.isEmpty
          ? ["its header declares none; they stand after the name, as in `model M(K = 2)`"]
          : nearestSpelling(name, among: sizes).map { ["did you mean `\($0)`?"] }
            ?? ["its header declares \(quotedList(sizes))"])
    }
  }

  private static func typeHelp(_ name: String) -> [String] {
    let foreign = [
      "int": "count` or `integer", "float": "real", "double": "real", "number": "real",
      "bool": "binary", "boolean": "binary", "vector": "real[D]", "matrix": "real[D, L]",
      "probability": "unit", "string": "category[K]", "factor": "category[K]",
      "ordered": "real[K]", "cov": "covariance[D]", "label": "category[K]",
      "natural": "count",
    ]
    if let ours = foreign[name.lowercased()] { return ["write `\(ours)`"] }
    if let near = nearestSpelling(name, among: Vocabulary.typeKinds) {
      return ["did you mean `\(near)`?"]
    }
    return ["the types are \(Vocabulary.typeKinds.joined(separator: ", "))"]
  }
}
