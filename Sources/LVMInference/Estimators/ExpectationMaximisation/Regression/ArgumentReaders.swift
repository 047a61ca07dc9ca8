import LVMModel

/// Where lowered factors read each variable, worked out once: asking every factor about every parameter
/// takes the square of their number.
struct ArgumentReaders {
  /// The arguments that read each variable: of which factor, in the order of factors and arguments.
  private(set) var places: [VariableID: [(factor: Int, argument: Int)]] = [:]
  /// The parameters whose definitions and priors read each variable.
  private(set) var parameters: [VariableID: [VariableID]] = [:]

  init(_ structure: ModelStructure, _ factors: [LoweredFactor]) {
    for (i, factor) in factors.enumerated() {
      for (j, e) in factor.distribution.expressions.enumerated() {
        for id in structure.reads(e) { places[id, default: []].append((i, j)) }
      }
    }
    for v in structure.model.variables where v.role == .param {
      for id in structure.reads(v) { parameters[id, default: []].append(v.id) }
    }
  }
}
