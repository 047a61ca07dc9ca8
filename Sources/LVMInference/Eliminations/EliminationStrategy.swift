import LVMModel
import LVMSyntax

/// Decides whether, and by which steps, continuous latents that share factors are dealt with.
package protocol EliminationStrategy: Sendable {
  /// Its name in front of the reasons why it does not serve.
  static var name: String { get }
  /// Takes a block, or a part of it; the rest is offered again, given these.
  ///
  /// - Throws: `BlockRefusal` where it does not serve.
  static func claim(_ block: LatentBlock, _ inquiry: LatentInquiry) throws(BlockRefusal) -> Claim
}

/// Continuous latents that share factors, on offer.
package struct LatentBlock {
  package var members: [Variable]
  /// Latents whose values are known while these are eliminated.
  package var given = Given.nothing
  /// Those that have to be drawn: the model guides them, a network reads them, or points were asked for.
  package var drawn: [Variable] = []
  /// Why strategies that were asked before do not serve.
  package var reasons: [String] = []
  /// What is said if nothing serves, where one of them knows more than that it does not.
  package var finding: Diagnostic?

  package enum Given {
    case nothing
    case nodes([Variable])
    case draws([Variable])

    package var latents: [Variable] {
      switch self {
      case .nothing: []
      case .nodes(let latents), .draws(let latents): latents
      }
    }

    /// In front of a reason.
    var words: String {
      let names = latents.map { "`\($0.name)`" }.joined(separator: ", ")
      return switch self {
      case .nothing: ""
      case .nodes: "given a node of \(names), "
      case .draws: "given draws of \(names), "
      }
    }
  }

  /// What an entry of the plan says was refused.
  var refused: [String] {
    if case .nodes = given { [] } else { reasons }
  }
}

/// What a strategy may ask.
package struct LatentInquiry {
  package let structure: ModelStructure
  package let facts: DataFacts

  package var model: ModelGraph { structure.model }
  package var nesting: PlateNesting { structure.nesting }

  /// Whether quadrature was asked for and may be had.
  func asksForNodes(_ block: LatentBlock) -> Bool {
    if case .nothing = block.given { facts.prefersQuadrature } else { false }
  }

  /// One latent's share of a plan.
  package func entry(
    _ v: Variable, _ strategy: String, _ reason: String, refused: [String]
  ) -> PlanEntry {
    PlanEntry(
      variable: v.name, role: nesting.compute(v.plate) == .rows ? "local latent" : "group latent",
      strategy: strategy, reason: reason, refused: refused, identified: nil)
  }

  /// A label of rows inside the group of a latent that shares a factor with it.
  func labelInside(_ member: Variable) -> Axis? {
    let plate = nesting.compute(member.plate)
    for reader in structure.readers(of: member.id) {
      let inner = structure.axes(of: reader).filter {
        nesting.compute(model[$0.variable].plate) < plate
      }
      if let label = inner.sorted().first { return label }
    }
    return nil
  }

  /// A group's continuous latent whose rows have labels of their own has no closed form; given a node, rows
  /// are independent again.
  func refuseLabelsInside(_ block: LatentBlock) throws(BlockRefusal) {
    for member in block.members {
      guard let label = labelInside(member) else { continue }
      let problem = PlanError.labelsInsideGroup(
        latent: member.name, label: model[label.variable].name,
        plate: model[member.plate].name, states: structure.states(of: label))
      throw BlockRefusal(problem.message, finding: problem.at(member.nameSpan))
    }
  }
}

/// What a strategy takes of a block.
package struct Claim {
  /// Steps, in any order; of a linear-Gaussian block one for each plate.
  package var eliminations: [any Elimination] = []
  /// Latents that are drawn from guides.
  var sampled: [VariableID] = []
  /// What the plan says of the latents that are taken.
  package var entries: [VariableID: PlanEntry] = [:]
  /// Latents of the block that are left, and what is known while they are eliminated.
  var rest: [Variable] = []
  var given = LatentBlock.Given.nothing

  package init(eliminations: [any Elimination], entries: [VariableID: PlanEntry]) {
    self.eliminations = eliminations
    self.entries = entries
  }

  init() {}
}

/// Why a strategy does not take a block.
package struct BlockRefusal: Error {
  /// A clause without a full stop; nil where there is nothing to say.
  package var reason: String?
  /// What is said if nothing else serves.
  package var finding: Diagnostic?
  /// Whether nothing else can serve.
  package var isFinal = false

  package init(_ reason: String?, finding: Diagnostic? = nil, isFinal: Bool = false) {
    self.reason = reason
    self.finding = finding
    self.isFinal = isFinal
  }

  /// For strategies that were not meant.
  package static var silent: BlockRefusal { BlockRefusal(nil) }
}
