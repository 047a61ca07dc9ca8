import LVMModel

/// A parameter of a model that is estimated: not a name for an expression.
public struct EstimatedParameter: Hashable, Sendable {
  public let id: VariableID
  public let name: String
  public let kind: ElementKind
  /// Dims of its value, those of its elements last.
  public let dims: [Int]
  /// Whether it is drawn from a prior.
  public let hasPrior: Bool

  /// Nil for what is no parameter, or a name for an expression.
  public init?(_ variable: Variable) {
    guard variable.role == .param else { return nil }
    if case .equal = variable.definition { return nil }
    id = variable.id
    name = variable.name
    kind = variable.type.kind
    dims = variable.type.dims ?? []
    if case .drawn = variable.definition { hasPrior = true } else { hasPrior = false }
  }

  public var count: Int { dims.reduce(1, *) }

  /// Who reads a parameter, directly or through names for expressions, for it to be listed.
  public enum Readers: Sendable {
    /// Anyone or no one: what a log joint depends on, as priors count where nothing reads them.
    case any
    /// Observed or latent variables: what the likelihood depends on.
    case variables
    /// Those, or guides: what a bound depends on.
    case variablesOrGuides
  }
}

extension ModelGraph {
  /// The parameters that are estimated, in the order of their declarations.
  public func estimatedParameters(readBy scope: EstimatedParameter.Readers = .any)
    -> [EstimatedParameter]
  {
    let all = variables.compactMap(EstimatedParameter.init)
    if scope == .any { return all }
    var readers: [Expression] = []
    for v in variables where v.role == .observe || v.role == .latent {
      readers += v.definition.expressions
    }
    if scope == .variablesOrGuides {
      for guide in guides {
        switch guide.definition {
        case .drawn(let d): readers += d.expressions
        case .equal(let e): readers.append(e)
        }
      }
    }
    let used = readers.reduce(into: Set<VariableID>()) { $0.formUnion(reads($1)) }
    return all.filter { used.contains($0.id) }
  }
}
