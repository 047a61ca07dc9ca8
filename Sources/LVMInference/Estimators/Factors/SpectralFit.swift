import LVMCompute
import LVMModel

/// The maximum in closed form of white latents under one free map (Tipping and Bishop 1999).
///
/// With eigenvalues λ and eigenvectors U of the covariance, the noise variance is the mean of the
/// eigenvalues left out and W = U (Λ − σ²)^½; without noise W = U Λ^½, the maximiser of the limit, whose
/// scores are white. One pass over the data, no iteration, no start.
struct SpectralFit: Estimator {
  static let name = MethodName.closedForm

  let form: FactorForm
  let reason: String
  let entries: [PlanEntry]
  let compressesRows: Bool

  static func offer(_ inquiry: Inquiry) throws(Refusal) -> SpectralFit {
    guard let form = FactorForm(inquiry.structure) else {
      throw Refusal(
        "what is observed is not one vector of free linear maps of white latents, a free mean and noise of one "
          + "scale")
    }
    let model = inquiry.model
    let x = model[form.observed].name
    guard !inquiry.facts.masked.contains(x) else { throw Refusal("`\(x)` has missing cells") }
    let reason: String
    let why: String
    var estimated = form.maps + [form.mean].compactMap { $0 }
    switch form.noise {
    case .none:
      reason =
        "`\(x)` has no noise, and the eigenvectors of its scatter leave the least squared error"
      why = "the limit without noise: \(form.factors) eigenvectors of the scatter"
    case .free(let scale):
      reason =
        "the eigenvectors of the scatter of `\(x)` give the maximum of the marginal likelihood"
      why = "the maximum of the marginal is known from the eigenvectors of the scatter"
      estimated.append(scale)
    }
    return SpectralFit(
      form: form, reason: reason,
      entries: estimated.map { PlanEntry(parameter: model[$0].name, .closedForm, why) },
      compressesRows: inquiry.whyRowsStay == nil)
  }

  var steps: [EstimationStep] {
    let names = entries.map(\.variable)
    if case .none = form.noise {
      return [
        EstimationStep(
          "eigenvectors", .minimise, .reconstruction, over: names, by: .closedForm, .once)
      ]
    }
    return [
      EstimationStep("eigenvectors", .maximise, .logLikelihood, over: names, by: .closedForm, .once)
    ]
  }

  func run(_ task: FitTask) throws -> Estimate {
    let (plan, data) = (task.plan, task.data)
    let model = plan.model
    let x = model[form.observed]
    let deviations = Deviations([x], data, centred: form.mean != nil)
    guard let (values, vectors) = deviations.spectrum() else {
      throw FitError.notFinite(
        stage: "where the scatter of `\(x.name)` is taken apart", parameter: nil)
    }
    let (d, l) = (form.dimensions, form.factors)
    // Fewer rows than entries have as many directions as rows; along the others nothing varies.
    let eigenvalues = values + [Double](repeating: 0, count: Swift.max(0, d - values.count))
    let left = eigenvalues.dropFirst(l).reversed().reduce(0, +)
    var warnings: [Warning] = []
    var parameters: [String: Tensor] = [:]
    let variance: Double
    switch form.noise {
    case .none:
      variance = 0
      let rank = eigenvalues.prefix { $0 > 1e-13 * (eigenvalues.first ?? 0) }.count
      guard l <= rank else {
        throw FitError.rank(variable: x.name, rank: rank, factors: l)
      }
    case .free(let scale):
      guard let largest = eigenvalues.first, largest > 0 else {
        throw FitError.nothingVaries(variable: x.name, rows: data.rows)
      }
      let floor = VarianceFloor.share * VarianceFloor.share * (eigenvalues.reduce(0, +) / Double(d))
      let mean = left / Double(Swift.max(1, d - l))
      variance = Swift.max(mean, floor)
      if mean < floor {
        warnings.append(
          .unboundedLikelihood(
            scale: model[scale].name, floor: VarianceFloor.share, components: l))
      }
      parameters[model[scale].name] = Tensor([], [variance.squareRoot()])
    }
    if let mean = form.mean { parameters[model[mean].name] = Tensor([d], deviations.mean) }
    var k = 0
    for (latent, map) in zip(form.latents, form.maps) {
      let dims = model[map].type.dims ?? []
      let own = (model[latent].type.dims ?? []).reduce(1, *)
      var w = [Double](repeating: 0, count: d * own)
      for c in 0..<own {
        let size =
          k < eigenvalues.count ? Swift.max(0, eigenvalues[k] - variance).squareRoot() : 0
        if size > 0 {
          for i in 0..<d { w[i * own + c] = size * vectors[k * d + i] }
        }
        k += 1
      }
      parameters[model[map].name] = Tensor(dims, w)
    }
    let objective: Double
    if case .none = form.noise {
      // Summed from the smallest up; the negative, so that more is better as everywhere.
      objective = -left * deviations.total
    } else {
      objective = try MarginalLikelihood(plan, data: data, runtime: task.options.runtime).value(
        parameters)
    }
    return Estimate(
      parameters: parameters, objective: objective, iterations: 1, converged: warnings.isEmpty,
      restarts: 1, trace: [objective], warnings: warnings)
  }
}
