extension SyntaxError {
  public var label: String {
    switch self {
    case .missingType: "expected `: type`"
    case .missingHeader: "expected `model Name`"
    case .missingTilde: "expected `~`"
    case .missingDefinition: "expected `=`"
    case .unclosedBracket(let open, _): open == "(" ? "expected `)`" : "expected `]`"
    case .unclosedBrace: "expected `}`"
    case .missingBrace: "expected `{`"
    case .missingArrow: "expected `->`"
    case .emptyFile, .headerNotFirst, .secondModel, .duplicateHeader, .tooManyFindings,
      .unknownStatement, .missingRole, .notAStatement, .statementInside, .textAfterStatement,
      .severalNames, .shapeWithoutType, .equalForFamily, .tildeForName, .foreignAssignment,
      .notAFamily, .familyWithoutArguments, .strayTildeInChain, .missingThen,
      .fromAfterDefinition, .strayBrace, .missingComma, .wrongBracket, .strayBracket,
      .expected, .reservedName, .starStar, .equalForColon, .rangeOutsideIndex, .tooDeep,
      .reservedColumn, .numberAsColumn, .outputsInParentheses, .commaBetweenLayers,
      .colonInFit:
      ""
    }
  }

  public var help: [String] {
    switch self {
    case .emptyFile, .missingHeader:
      ["begin the file with a line such as `model OldFaithful(K = 2)`"]
    case .headerNotFirst: ["move the `model` line to the top"]
    case .secondModel: ["put each model in a file of its own"]
    case .duplicateHeader: ["remove this line"]
    case .tooManyFindings: []
    case .unknownStatement(let word, let suggestion):
      if let suggestion {
        ["did you mean `\(suggestion.rawValue)`?"]
      } else {
        Vocabulary.families.contains(word)
          ? ["a family follows `~`, on the same line as the variable's name"]
          : [Self.statementList]
      }
    case .missingRole(let name):
      ["start it with the role of `\(name)`: `param`, `latent`, `observe`, `given` or `let`"]
    case .notAStatement: [Self.statementList]
    case .statementInside(let word, _, _):
      word == "model"
        ? ["close the block with `}` before it"]
        : ["move it out of the block, to the top level of the file"]
    case .textAfterStatement(_, let isValue):
      isValue ? ["between two values stands an operator, such as `*`"] : []
    case .severalNames(let role):
      ["declare each on a line of its own: `\(role) a : real`, or use a shape: `real[2]`"]
    case .missingType(let name, let role): ["write for example `\(role) \(name) : real`"]
    case .shapeWithoutType(let name, let role):
      ["write for example `\(role) \(name) : real[2, 3]`"]
    case .missingTilde(let family): ["write `~ \(family)(…)`"]
    case .missingDefinition(let name, _): ["write `let \(name) = expression`"]
    case .equalForFamily(let family): ["to draw from it, write `~ \(family)(…)`"]
    case .tildeForName(let name):
      ["declare what is drawn as `latent \(name) : real ~ …`", "or write `let \(name) = …`"]
    case .foreignAssignment:
      ["write `~` to draw from a family, `=` to be equal to an expression"]
    case .notAFamily: ["write for example `~ Normal(0, 1)`"]
    case .familyWithoutArguments(let family):
      [
        family == "Normal" ? "write for example `Normal(0, 1)`" : "write `\(family)(…)`"
      ]
    case .strayTildeInChain:
      ["write `initially Normal(0, 1) then Normal(previous(x), 1)`"]
    case .missingThen: ["add `then` and the step from one row to the next"]
    case .fromAfterDefinition: ["write for example `observe x : real from flow ~ Normal(0, 1)`"]
    case .missingBrace(_, let hint): [hint]
    case .unclosedBrace: ["add `}` at the end of the block"]
    case .strayBrace, .strayBracket: ["remove it, or add the opening one"]
    case .unclosedBracket, .missingComma, .wrongBracket: []
    case .expected(let what, _):
      what == "`order` after `in`" ? ["write `in order`"] : []
    case .reservedName(let word, _): ["choose another name, such as `\(word)_1`"]
    case .starStar: ["write `^`"]
    case .equalForColon(let label): ["write `\(label): value`"]
    case .rangeOutsideIndex: ["a range selects from a value, as in `x[1..3]`"]
    case .tooDeep: ["name parts of an expression with `let`"]
    case .reservedColumn(let word): ["put the column's name in quotes: `\"\(word)\"`"]
    case .numberAsColumn(let number): ["put the column's name in quotes: `\"\(number)\"`"]
    case .missingArrow: ["add `-> name : type`, such as `-> mean : real[D]`"]
    case .outputsInParentheses: ["write for example `-> mean : real[D], scale : positive[D]`"]
    case .commaBetweenLayers: ["remove the comma: `dense(128) relu`"]
    case .colonInFit(let key): ["write `\(key) = value`"]
    }
  }

  private static let statementList =
    "statements start with `param`, `latent`, `observe`, `given`, `let`, `each`, `network`, "
    + "`guide` or `fit`"
}
