import LVM

/// A stage of the compiler that `--emit` prints.
enum EmitStage: String, CaseIterable {
  case tokens, ast, graph, plan, factors, compute

  static var names: [String] { allCases.map(\.rawValue) }

  /// Whether the model's text alone tells it: no check, no data.
  var needsOnlyText: Bool {
    switch self {
    case .tokens, .ast: true
    case .graph, .plan, .factors, .compute: false
    }
  }

  /// The stages before checking.
  func text(of source: SourceText) throws -> String {
    let tokens = tokenize(source)
    let parsed = parse(source)
    switch self {
    case .tokens:
      if !tokens.1.isEmpty { throw Diagnostics(source: source, items: tokens.1) }
      return dump(tokens.0, in: source)
    case .ast, .graph, .plan, .factors, .compute:
      guard let model = parsed.model, parsed.findings.isEmpty else {
        throw Diagnostics(source: source, items: parsed.findings)
      }
      return dump(model)
    }
  }

  /// The stages that need sizes and a plan.
  func text(
    of plan: Plan, masked: Set<String>, rows: Int? = nil,
    training: [FitEntry.Key: FitEntry.Setting] = [:]
  ) throws -> String {
    switch self {
    case .tokens, .ast: return try text(of: plan.model.source)
    case .graph: return plan.model.description
    case .plan: return plan.explanation + "\n"
    case .factors: return plan.program.description(plan.model, plan.nesting) + "\n"
    case .compute:
      return try emitCompute(plan: plan, masked: masked, rows: rows, training: training)
    }
  }
}
