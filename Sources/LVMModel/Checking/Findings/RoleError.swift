import LVMSyntax

/// What a `param`, `latent`, `observe`, `given` or `let` may say, and where.
enum RoleError: WordedFinding {
  case parameterInside(String, owner: String)
  case dataOutside(String, role: String)
  case withoutDefinition(String, role: String)
  case givenWithDefinition(String)
  case parameterEqual(String)
  case letDrawn(String)
  case parameterDepends(String, on: String, role: String, declared: Span)
  case chainOutsideOrder(String, inRows: Bool)
  case chainRole(String, role: String)
  case missingInitially(String, reads: Span)
  case previousOutsideOrder(inRows: Bool)
  case previousOutsideThen(String?)
  case previousInInitially
  case previousInGuide
  case previousOf(String, what: String, declared: Span)
  case previousArgument
  case lag(String)
  case lagTooLarge(String, lag: Int)
  case indirectPrevious(String, reads: Span, reader: String?)

  var wording: Wording {
    switch self {
    case .parameterInside(let name, let owner):
      return Wording(
        .parameterInside,
        "a parameter is one for the whole model, but `\(name)` stands inside `\(owner)`",
        help: ["move it to the top level, or make it a `latent` with a distribution"])
    case .dataOutside(let name, let role):
      return Wording(
        .dataOutside,
        "`\(name)` is data: \(role == "observe" ? "an" : "a") `\(role)` belongs to rows or groups",
        help: ["put it into `each row { … }`"])
    case .withoutDefinition(let name, let role):
      return Wording(
        .withoutDefinition,
        role == "observe"
          ? "`\(name)` is observed but the model does not say how it comes to be"
          : "the latent `\(name)` has no distribution",
        help: role == "observe"
          ? ["add `~ Family(…)`, or make it a `given` if it is only conditioned on"]
          : ["add `~ Family(…)`, such as `~ Normal(0, 1)`, or make it a `param`"])
    case .givenWithDefinition(let name):
      return Wording(
        .givenWithDefinition, "`\(name)` is given: it is conditioned on and never modelled",
        help: ["leave this out, or make it an `observe`"])
    case .parameterEqual(let name):
      return Wording(
        .parameterEqual, "`\(name)` is a parameter, so it is estimated and cannot be set with `=`",
        help: ["a name for a value is `let \(name) = …`; a prior is `~ Family(…)`"])
    case .letDrawn(let name):
      return Wording(
        .letDrawn, "`let` names a value; `\(name)` is drawn from a distribution",
        help: ["write `latent \(name) : … ~ …`"])
    case .parameterDepends(let name, let on, let role, let declared):
      return Wording(
        .parameterDepends,
        "the prior of the parameter `\(name)` depends on "
          + "\(role == "latent" ? "the latent" : "the data") `\(on)`",
        secondary: [.init(declared, "declared here")],
        help: ["make `\(name)` a `latent`, so that its posterior is inferred with the rest"])
    case .chainOutsideOrder(let name, let inRows):
      return Wording(
        .chainOutsideOrder,
        "`\(name)` continues from row to row, but these rows have no order",
        help: [inRows ? "write `each row in order`" : "put it into `each row in order { … }`"])
    case .chainRole(let name, let role):
      return Wording(
        .chainRole, "a `\(role)` has no `initially … then`; `\(name)` cannot be a chain",
        help: ["a chain is a `latent` or an `observe` in `each row in order`"])
    case .missingInitially(let name, let reads):
      return Wording(
        .missingInitially, "`\(name)` needs earlier rows, and the first row has none",
        secondary: [.init(reads, "reads an earlier row")],
        help: ["say how it begins: `initially Family(…) then …`"])
    case .previousOutsideOrder(let inRows):
      return Wording(
        .previousOutsideOrder, "`previous` needs rows that follow one another",
        help: [inRows ? "write `each row in order`" : "it belongs into `each row in order { … }`"])
    case .previousOutsideThen(let name):
      return Wording(
        .previousOutsideThen,
        "`previous` stands only after `then`: the first row has no previous one",
        help: [
          name.map { "write `\($0) : … initially Family(…) then Family(…)`" }
            ?? "write `initially Family(…) then Family(…)`"
        ])
    case .previousInInitially:
      return Wording(
        .previousInInitially, "`initially` is about the first rows, which have no previous one",
        help: ["what depends on earlier rows stands after `then`"])
    case .previousInGuide:
      return Wording(
        .previousInGuide, "a guide cannot read earlier rows",
        help: ["it may read the observed and given variables of its own row"])
    case .previousOf(let name, let what, let declared):
      return Wording(
        .previousOf, "`\(name)` is \(what): it has no earlier rows",
        secondary: [.init(declared, "declared here")],
        help: ["`previous` takes a latent, observed or given variable of the same `each row`"])
    case .previousArgument:
      return Wording(
        .previousArgument, "`previous` takes the name of a variable, and then the lag",
        help: [
          "write `previous(x)`, `previous(x, 2)` or `previous(x, 1..3)`; "
            + "compute with its result: `exp(previous(x))`, `previous(x)[1]`"
        ])
    case .lag(let found):
      return Wording(
        .lag, "a lag is a whole number of at least 1; this is \(found)",
        help: ["the row before is lag 1"])
    case .lagTooLarge(let name, let lag):
      return Wording(
        .lag, "`\(name)` reads \(lag) rows back",
        help: ["at most \(ModelGraph.lagLimit) rows are remembered"])
    case .indirectPrevious(let name, let reads, let reader):
      return Wording(
        .previousOutsideThen,
        "`\(name)` reads an earlier row, so it can be used only after `then`",
        secondary: [.init(reads, "reads an earlier row")],
        help: [
          reader.map { "write `\($0) : … initially Family(…) then Family(…)`" }
            ?? "write `initially Family(…) then Family(…)`"
        ])
    }
  }
}
