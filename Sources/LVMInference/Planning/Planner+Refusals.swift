import LVMCompute
import LVMModel
import LVMSyntax

/// What has no engine: refused by name before anything is planned.
extension Planner {
  mutating func refuseWhatHasNoEngine() {
    for v in model.variables {
      if let (id, span) = structure.network(in: v) {
        let n = model[id]
        let problem: PlanError
        if n.invertible {
          problem = .invertible(n.name)
        } else if v.role == .observe, case .equal = v.definition {
          problem = .adversarial(network: n.name, variable: v.name)
        } else if structure.isTrainable(v) {
          continue
        } else {
          problem = .network(n.name)
        }
        let finding = problem.at(span)
        if !findings.contains(finding) { findings.append(finding) }
        continue
      }
      let isOpen = v.role == .latent && { if case .equal = v.definition { false } else { true } }()
      if isOpen, v.plate == .global {
        findings.append(PlanError.globalLatent(v.name).at(v.nameSpan))
      }
      if v.role == .observe, case .equal = v.definition {
        findings.append(PlanError.noDensity(v.name).at(v.nameSpan))
      }
      if v.role == .observe,
        let span = v.noiselessSpan
      {
        if FactorForm(structure) == nil {
          findings.append(PlanError.zeroNoise(v.name).at(span))
        } else if facts.masked.contains(v.name) {
          findings.append(PlanError.zeroNoiseMissing(v.name).at(span))
        }
      }
      if v.role == .observe, structure.isChain(v) {
        findings.append(PlanError.observedChain(v.name).at(v.nameSpan))
      }
      if isOpen, v.type.kind.isFinite, !v.type.isScalar, structure.isChain(v) {
        findings.append(PlanError.vectorOfFinite(v.name).at(v.nameSpan))
      }
      if isOpen, case .chain(let chain) = v.definition, chain.order.constant != 1 {
        findings.append(PlanError.chainLag(v.name).at(v.nameSpan))
      }
    }
  }
}
