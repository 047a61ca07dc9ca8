import LVMSyntax

/// What checking a model gives.
public struct CheckResult: Sendable {
  /// The model; nil if there are errors.
  public var model: ModelGraph?
  /// Errors and warnings, in the order of the text.
  public var findings: [Diagnostic]

  public init(model: ModelGraph?, findings: [Diagnostic]) {
    self.model = model
    self.findings = findings
  }
}

/// Resolves names, types every expression, and checks all that the language says about a model.
///
/// Sizes stay symbols in the result. All independent errors are found at once; a part with an error
/// gives no further ones.
///
/// - Parameters:
///   - settings: values for sizes and constants of the header that replace their defaults.
///   - sizes: sizes already known from data.
///   - afterSyntaxErrors: whether the parser reported something. Names that stand in a statement it
///     had to leave out are then not reported as unknown.
public func check(
  _ syntax: ModelSyntax, source: SourceText, settings: [String: Double] = [:],
  known sizes: [String: Int] = [:], afterSyntaxErrors: Bool = false
) -> CheckResult {
  let checker = Checker(source: source)
  if afterSyntaxErrors { checker.lostNames = Checker.declaredWords(in: source) }
  checker.declareHeader(syntax, settings: settings, known: sizes)
  checker.declare(syntax.statements)
  checker.checkTypes()
  checker.checkNetworks()
  for index in checker.definitionOrder() { checker.checkDeclaration(index) }
  checker.checkGuides()
  checker.checkFit()
  checker.checkConstants()

  var model: ModelGraph?
  // What the parser could not read is missing here without a word of ours.
  if checker.isComplete, !afterSyntaxErrors,
    !checker.findings.contains(where: { $0.severity == .error })
  {
    checker.checkUnusedHeader()
    let graph = checker.graph(named: syntax.name.text)
    let tooLarge = graph.sized(checker.knownSizes).sizeFindings
    checker.findings += tooLarge + lints(of: graph, at: syntax.name.span)
    if tooLarge.isEmpty { model = graph }
  }
  return CheckResult(
    model: model, findings: Array(ordered(checker.findings).prefix(Checker.findingLimit)))
}

/// By place; the same finding at the same place once.
private func ordered(_ findings: [Diagnostic]) -> [Diagnostic] {
  var seen: Set<Diagnostic> = []
  let unique = findings.filter { seen.insert($0).inserted }
  return unique.enumerated().sorted { a, b in
    let (x, y) = (a.element.primary.span, b.element.primary.span)
    return (x.lower, x.upper, a.offset) < (y.lower, y.upper, b.offset)
  }.map(\.element)
}
