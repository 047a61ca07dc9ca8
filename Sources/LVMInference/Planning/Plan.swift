import LVMModel

/// What will be done with a model: how each latent goes, how parameters are estimated, and why.
@dynamicMemberLookup
public struct Plan: Sendable {
  /// How latents are dealt with: all that a query needs.
  public var inference: InferencePlan
  /// How parameters are estimated: the estimator is what a fit runs.
  public internal(set) var estimation = Estimation.undecided

  /// The method of the whole, and why it is taken.
  public var strategy: MethodName { estimation.method }
  public var reason: String { estimation.reason }

  /// The engines that it was made of; queries of a fit are planned by the same.
  public let registry: Registry

  init(_ inference: InferencePlan, _ registry: Registry) {
    self.inference = inference
    self.registry = registry
  }

  public subscript<T>(dynamicMember path: KeyPath<InferencePlan, T>) -> T {
    inference[keyPath: path]
  }

  /// The model that is planned: labels with empty cells are latents, and guides are complete.
  public var model: ModelGraph { inference.model }

  /// The plan with the nodes that an estimate was made with.
  public func settled(by estimate: Estimate) -> Plan {
    var copy = self
    copy.inference = inference.settled(by: estimate)
    return copy
  }

  /// The plan in words, as `lvmc explain` prints it.
  public var explanation: String {
    var lines: [String] = ["\(inference.model.name): \(strategy.rawValue), because \(reason)", ""]
    for e in inference.entries {
      lines.append("\(e.role) \(e.variable): \(e.strategy)")
      lines.append("  why: \(e.reason)")
      for r in e.refused { lines.append("  not \(r)") }
      if let identified = e.identified {
        let form = e.canonical.map { "; reported \($0)" } ?? ""
        lines.append(
          "  " + (identified == "identified" ? identified : "identified \(identified)\(form)"))
      }
    }
    for s in inference.identifiability.symmetries {
      if let redundancy = s.redundancy {
        lines += ["", "warning: \(Warning.redundant(redundancy))"]
      }
    }
    if estimation.steps.count > 1 {
      lines += ["", "estimation, in turn:"]
      lines += estimation.steps.enumerated().map { "  \($0.offset + 1). \($0.element.description)" }
    }
    let steps = inference.program.description(inference.model, inference.nesting)
    if !steps.isEmpty {
      lines += ["", "elimination order:"]
      lines += steps.split(separator: "\n").enumerated().map { "  \($0.offset + 1). \($0.element)" }
    }
    return lines.joined(separator: "\n")
  }
}
