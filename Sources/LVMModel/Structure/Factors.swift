import LVMSyntax

/// One term of the joint density: how one variable comes to be, with all that it touches.
///
/// `let` is seen through: the sets name parameters, latents, given and observed variables alone.
public struct Factor: Sendable {
  /// The variable this factor belongs to.
  public var variable: VariableID
  public var definition: Definition
  /// One factor for each instance of this plate.
  public var plate: PlateIndex
  /// Latents read at the same row; the variable itself is among them if it is one.
  public var latents: Set<VariableID>
  public var parameters: Set<VariableID>
  public var givens: Set<VariableID>
  /// Observed variables read, and the variable itself if it is one.
  public var observed: Set<VariableID>
  /// Variables whose earlier rows are read, of any role.
  public var past: Set<VariableID>
  public var networks: Set<NetworkID>
  /// `let`s passed through, in the order of evaluation.
  public var lets: [VariableID]
}

extension ModelGraph {
  /// The factors of the joint density, in the order of the text.
  ///
  /// A parameter without a prior and a given have none.
  public var factors: [Factor] {
    let order = topologicalOrder
    return variables.compactMap { variable in
      if case .free = variable.definition { return nil }
      return variable.role == .binding ? nil : factor(of: variable, order)
    }
  }

  private func factor(of variable: Variable, _ order: [VariableID]) -> Factor {
    var result = Factor(
      variable: variable.id, definition: variable.definition, plate: variable.plate, latents: [],
      parameters: [], givens: [], observed: [], past: [], networks: [], lets: [])
    var lets: Set<VariableID> = []
    var open: [Expression] = variable.definition.expressions
    while let e = open.popLast() {
      result.past.formUnion(e.previousVariables)
      result.networks.formUnion(e.networks)
      for id in e.variables {
        switch self[id].role {
        case .param: result.parameters.insert(id)
        case .latent: result.latents.insert(id)
        case .given: result.givens.insert(id)
        case .observe: result.observed.insert(id)
        case .binding:
          if lets.insert(id).inserted { open += self[id].definition.expressions }
        }
      }
    }
    switch variable.role {
    case .latent: result.latents.insert(variable.id)
    case .observe: result.observed.insert(variable.id)
    case .param: result.parameters.insert(variable.id)
    case .given, .binding: break
    }
    if !lets.isEmpty {
      result.lets = order.filter(lets.contains)
    }
    return result
  }
}
