/// What the parser reports; the words are in `SyntaxError+Words.swift`.
public enum SyntaxError: Finding {
  // The file as a whole.
  case emptyFile
  case missingHeader(found: String)
  case headerNotFirst(first: Span)
  case secondModel(first: Name)
  case duplicateHeader(first: Name)
  case tooManyFindings(Int)

  // Statements.
  case unknownStatement(word: String, suggestion: Keyword?)
  case missingRole(name: String)
  case notAStatement(found: String)
  case statementInside(word: String, block: String, opened: Span)
  case textAfterStatement(found: String, isValue: Bool)
  case severalNames(role: String)
  case missingType(name: String, role: String)
  case shapeWithoutType(name: String, role: String)
  case missingTilde(family: String)
  case missingDefinition(name: String, role: String)
  case equalForFamily(family: String)
  case tildeForName(name: String)
  case foreignAssignment(found: String)
  case notAFamily(found: String)
  case familyWithoutArguments(String)
  case strayTildeInChain(word: String)
  case missingThen(name: String)
  case fromAfterDefinition

  // Braces and brackets.
  case missingBrace(owner: String, hint: String)
  case unclosedBrace(owner: String, opened: Span)
  case strayBrace
  case unclosedBracket(open: String, opened: Span)
  case missingComma(open: String, close: String, found: String, opened: Span)
  case wrongBracket(close: String, found: String, opened: Span)
  case strayBracket(String)

  // Expressions.
  case expected(String, found: String)
  case reservedName(word: String, purpose: String)
  case starStar
  case equalForColon(label: String)
  case rangeOutsideIndex
  case tooDeep(limit: Int)

  // Columns, networks, guides and fits.
  case reservedColumn(String)
  case numberAsColumn(String)
  case missingArrow(network: String)
  case outputsInParentheses
  case commaBetweenLayers
  case colonInFit(key: String)

  public var secondary: [Diagnostic.Label] {
    switch self {
    case .headerNotFirst(let first): [.init(first, "the file starts here")]
    case .secondModel(let first), .duplicateHeader(let first):
      [.init(first.span, "the model begins here")]
    case .statementInside(_, _, let opened), .unclosedBrace(_, let opened),
      .unclosedBracket(_, let opened), .missingComma(_, _, _, let opened),
      .wrongBracket(_, _, let opened):
      [.init(opened, "opened here")]
    case .emptyFile, .missingHeader, .tooManyFindings, .unknownStatement, .missingRole,
      .notAStatement, .textAfterStatement, .severalNames, .missingType, .shapeWithoutType,
      .missingTilde, .missingDefinition, .equalForFamily, .tildeForName, .foreignAssignment,
      .notAFamily, .familyWithoutArguments, .strayTildeInChain, .missingThen,
      .fromAfterDefinition, .missingBrace, .strayBrace, .strayBracket, .expected,
      .reservedName, .starStar, .equalForColon, .rangeOutsideIndex, .tooDeep, .reservedColumn,
      .numberAsColumn, .missingArrow, .outputsInParentheses, .commaBetweenLayers, .colonInFit:
      []
    }
  }
}
