extension ModelGraph {
  /// Whether a scale somewhere becomes a shift, or a shift a scale.
  var hasLogarithms: Bool {
    func isLogarithmic(_ e: Expression) -> Bool {
      switch e.node {
      case .map(let f, _):
        switch f.frame {
        case .exponential, .logarithm: return true
        case .power, .plain: break
        }
      case .function(.logdet, _): return true
      case .number, .size, .variable, .previous, .previousRange, .function, .arithmetic, .negate,
        .matrixProduct, .index, .array, .network:
        break
      }
      return e.children.contains(where: isLogarithmic)
    }
    func isLogarithmic(_ d: Distribution) -> Bool {
      switch d {
      case .family(let name, _, _, _):
        return LVMModel.family(name).frame.arguments.contains { $0 == .logarithm }
      case .zeroInflated(let base, _, _), .truncated(let base, _, _, _),
        .censored(let base, _, _, _, _), .mixture(_, let base, _):
        return isLogarithmic(base)
      }
    }
    func isLogarithmic(_ step: Chain.Step) -> Bool {
      if case .drawn(let d) = step { return isLogarithmic(d) }
      return false
    }
    return variables.contains { v in
      if v.definition.expressions.contains(where: isLogarithmic) { return true }
      switch v.definition {
      case .free, .equal: return false
      case .drawn(let d): return isLogarithmic(d)
      case .chain(let chain):
        return [chain.initially, chain.then].compactMap { $0 }.contains(where: isLogarithmic)
      }
    }
      || guides.contains {
        isLogarithmic($0.definition) || $0.definition.expressions.contains(where: isLogarithmic)
      }
  }
}
