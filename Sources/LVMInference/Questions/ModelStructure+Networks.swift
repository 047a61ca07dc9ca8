import LVMModel
import LVMSyntax

extension ModelStructure {
  /// Whether any network is applied to anything.
  var usesNetworks: Bool { model.variables.contains { network(in: $0) != nil } }

  /// Whether a latent is an input of a network, by itself or through names for expressions.
  func feedsNetwork(_ latent: Variable) -> Bool {
    var found = false
    func look(_ e: Expression) {
      e.visit { part in
        guard case .network(_, let inputs, _) = part.node else { return }
        found = found || inputs.contains { reads($0).contains(latent.id) }
      }
    }
    for v in model.variables where !found { v.definition.expressions.forEach(look) }
    return found
  }

  /// Whether a variable that a network enters is one that minibatches of rows can train.
  func isTrainable(_ v: Variable) -> Bool {
    guard v.plate != .global, nesting.count == 1, nesting.compute(v.plate) == .rows else {
      return false
    }
    switch v.role {
    case .observe:
      if case .drawn = v.definition { return true }
      return false
    case .latent, .binding:
      return !isChain(v)
    case .param, .given:
      return false
    }
  }
}
