/// What leaves the likelihood of a model unchanged, as far as its graph alone proves it.
///
/// Each symmetry is a transformation of parameters and latents, written down in the file that finds it,
/// under which every factor keeps its value. Nothing is claimed of what no rule reaches: a variable
/// without an extent may be identified or not.
public struct Identifiability: Sendable, Hashable {
  /// How far a variable is told by any amount of data.
  public enum Extent: String, Sendable, Hashable, CaseIterable {
    case identified
    case scale = "up to scale"
    case shift = "up to shift"
    case rotation = "up to rotation"
    case sign = "up to sign"
    case permutation = "up to permutation"
    /// Along directions that no rule names.
    case tradeOff = "up to trade-off"
  }

  /// One group of transformations.
  public struct Symmetry: Sendable, Hashable {
    public var extent: Extent
    public var latents: [VariableID]
    public var parameters: [VariableID]
    /// Continuous directions along which the parameters move; 0 for signs and permutations.
    public var directions: Int
    /// Why no data can tell the parameters apart, where one of them is simply too many; nil for what is
    /// usual and harmless.
    public var redundancy: String?
  }

  public internal(set) var symmetries: [Symmetry] = []
  /// Variables that are proved to be determined.
  public internal(set) var identified: Set<VariableID> = []

  public init() {}

  /// Numbers among the parameters that are not free: the dimensions of all continuous symmetries.
  public var directions: Int { symmetries.reduce(0) { $0 + $1.directions } }

  /// Adds directions that were found by looking at data.
  ///
  /// - Parameters:
  ///   - directions: those that no symmetry here accounts for.
  ///   - reason: what they leave open, a clause.
  public mutating func addOpen(
    _ directions: Int, parameters: [VariableID], because reason: String
  ) {
    symmetries.append(
      Symmetry(
        extent: .tradeOff, latents: [], parameters: parameters, directions: directions,
        redundancy: reason))
    identified.subtract(parameters)
  }

  /// What is known of one variable in words, such as `up to permutation`; nil where nothing is.
  public func extent(of id: VariableID) -> String? {
    var found: Set<Extent> = []
    for s in symmetries where s.latents.contains(id) || s.parameters.contains(id) {
      found.insert(s.extent)
    }
    if found.contains(.rotation) { found.remove(.sign) }
    if found.isEmpty { return identified.contains(id) ? Extent.identified.rawValue : nil }
    let words = Extent.allCases.filter(found.contains).map { $0.rawValue.dropFirst("up to ".count) }
    let all = words.dropLast().joined(separator: ", ")
    return "up to " + (all.isEmpty ? "" : all + " and ") + (words.last ?? "")
  }
}

extension ModelGraph {
  /// The symmetries of a sized model.
  ///
  /// - Parameter known: finite variables whose values the data name, although they stand as latents here.
  public func identifiability(known: Set<VariableID> = []) -> Identifiability {
    guard let model = ExpandedModel(self) else { return Identifiability() }
    var result = Identifiability()
    LabelSymmetries(model: model, known: known).find(&result)
    MapSymmetries(model: model).find(&result)
    ShiftSymmetries(model: model).find(&result)
    ProductSymmetries(model: model).find(&result)
    result.identified.formUnion(model.plainParameters(known: known))
    return result
  }
}

extension ExpandedModel {
  /// Parameters that are arguments of an observed variable's family as they stand, where nothing latent
  /// enters: different values give different distributions, for every family is injective in its
  /// arguments but for the logits of a label.
  func plainParameters(known: Set<VariableID>) -> Set<VariableID> {
    var result: Set<VariableID> = []
    for (id, all) in Dictionary(grouping: sites, by: \.variable) where model[id].role == .observe {
      let arePlain = all.allSatisfy { site in
        guard site.isPlain, !site.ignoresCommonShift else { return false }
        if case .number = site.expression.node { return true }
        guard let r = Reference(site.expression) else { return false }
        return isFree(r.variable) && uses[r.variable] == 1
          && r.indices.allSatisfy { index in
            guard case .at(let e) = index, case .variable(let label) = e.node else { return false }
            return model[label].role == .given || model[label].role == .observe
              || known.contains(label)
          }
      }
      if arePlain { result.formUnion(all.compactMap { Reference($0.expression)?.variable }) }
    }
    return result
  }
}
