import LVMCompute
import LVMModel

/// The statistics a conjugate prior's log density is linear in.
///
/// A prior is exp(Σ aᵢ·tᵢ(λ)) / Z(a); a likelihood that is linear in the same statistics adds to a; the
/// marginal is Z(a + likelihood) / Z(a). There are no pairs of families: a prior names its basis, a
/// likelihood gives its coefficients in that basis.
extension ConjugateBasis {
  /// Number of coefficients, each of the latent's shape; Dirichlet's one coefficient is a vector.
  var count: Int {
    switch self {
    case .gamma, .beta: 2
    case .dirichlet: 1
    }
  }

  /// The basis of a prior and its coefficients, if it has one.
  static func prior(_ family: FamilyName, form: Int, _ a: [Lowered]) -> (Self, [Lowered])? {
    LVMModel.family(family).conjugatePrior.map { prior in
      (prior.basis, prior.coefficients.map { a[$0.argument].map($0.value) })
    }
  }

  /// log Z(prior + messages) − log Z(prior) with Z(a) = ∫ exp(Σ aᵢ·tᵢ(λ)) dλ, elementwise (Dirichlet: over
  /// its last dim).
  ///
  /// Written in rising factorials: of a prior that is far surer than the messages the two normalizers are
  /// huge and nearly the same, and their difference would be rounding alone.
  func logGain(prior a: [Lowered], messages m: [Lowered]) -> Lowered {
    func rising(_ x: Lowered, _ n: Lowered) -> Lowered {
      Lowered.combine(x, n) { $0.apply(.logRising, $1) }
    }
    switch self {
    case .gamma:
      // Γ(α + s)/Γ(α) · β^α / (β + r)^(α + s)
      let shape = a[0].map { $0 + 1.0 }
      let rate = a[1].map { -$0 }
      let time = m[1].map { -$0 }
      return rising(shape, m[0]) - m[0] * (rate + time).map { $0.log() }
        - shape * (time / rate).map { $0.log1p() }
    case .beta:
      let p = a[0].map { $0 + 1.0 }
      let q = a[1].map { $0 + 1.0 }
      return rising(p, m[0]) + rising(q, m[1]) - rising(p + q, m[0] + m[1])
    case .dirichlet:
      let c = a[0].map { $0 + 1.0 }
      let last = c.event.count - 1
      return rising(c, m[0]).sum(eventAxes: [last])
        - rising(c.sum(eventAxes: [last]), m[0].sum(eventAxes: [last]))
    }
  }

  /// Posterior mean and variance from the coefficients.
  func moments(_ a: [Lowered]) -> (mean: Lowered, variance: Lowered) {
    switch self {
    case .gamma:
      let shape = a[0].map { $0 + 1.0 }
      let rate = a[1].map { -$0 }
      return (shape / rate, shape / (rate * rate))
    case .beta:
      let p = a[0].map { $0 + 1.0 }
      let q = a[1].map { $0 + 1.0 }
      let n = p + q
      return (p / n, p * q / (n * n * n.map { $0 + 1.0 }))
    case .dirichlet:
      let c = a[0].map { $0 + 1.0 }
      let last = c.event.count - 1
      let total = c.sum(eventAxes: [last])
      let n = total.reshape(event: total.event + [1])
      let mean = c / n
      return (mean, mean * mean.map { 1.0 - $0 } / n.map { $0 + 1.0 })
    }
  }
}
