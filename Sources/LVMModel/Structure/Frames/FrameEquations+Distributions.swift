/// A distribution with the frames of its arguments.
indirect enum FramedDistribution {
  case family(FamilyName, form: Int, [FrameTensor], zeros: [Bool])
  case zeroInflated(FramedDistribution, FrameTensor)
  /// Limits of either kind; `right` says which values are limits themselves.
  case limited(FramedDistribution, [FrameTensor], right: FrameTensor?, areEstimated: Bool)
  case mixture(count: Int, FramedDistribution, weights: FrameTensor)
}

/// What families and combinators ask of the frames of value and arguments.
extension FrameEquations {
  /// - Parameter next: the number of the first expression among those of the definition.
  func framed(_ d: Distribution, _ next: inout Int) -> FramedDistribution {
    func one(_ e: Expression) -> FrameTensor {
      defer { next += 1 }
      return frame(e, [next])
    }
    switch d {
    case .family(let name, let form, let arguments, _):
      return .family(
        name, form: form, arguments.map(one), zeros: arguments.map { $0.constantValue == 0 })
    case .zeroInflated(let base, let probability, _):
      let inner = framed(base, &next)
      return .zeroInflated(inner, one(probability))
    case .truncated(let base, let low, let high, _):
      let inner = framed(base, &next)
      return .limited(
        inner, [low, high].compactMap { $0.map(one) }, right: nil, areEstimated: false)
    case .censored(let base, let low, let high, let right, _):
      let inner = framed(base, &next)
      // Which values are limits must not depend on what is estimated: their share of the Jacobian would.
      let estimated = [low, high].compactMap { $0 }.contains { e in
        model.reads(e).contains { model[$0].role == .param || model[$0].role == .latent }
      }
      let limits = [low, high].compactMap { $0.map(one) }
      return .limited(inner, limits, right: right.map(one), areEstimated: estimated)
    case .mixture(let weights, let base, _):
      let weights = one(weights)
      return .mixture(count: weights.dims.last ?? 1, framed(base, &next), weights: weights)
    }
  }

  func constrain(_ d: FramedDistribution, _ value: FrameTensor) {
    switch d {
    case .family(let name, let form, let arguments, let zeros):
      constrain(name, form, arguments, zeros, value)
    case .zeroInflated(let base, let probability):
      constrain(base, value)
      requirePlain(own(probability), .inflation(of: owner))
      requirePlain(value, .inflation(of: owner))
    case .limited(let base, let limits, let right, let areEstimated):
      constrain(base, value)
      let reason = FrameReason.limits(of: owner)
      for limit in limits {
        for (a, b) in zip(used(limit, value.dims).entries, value.entries) { equate(a, b, reason) }
      }
      if let right { requirePlain(own(right), reason) }
      if areEstimated { requirePlain(value, reason) }
    case .mixture(let count, let base, let weights):
      requirePlain(own(weights), .weights(of: owner))
      for k in 0..<count { constrain(component(k, of: count, base), value) }
    }
  }

  /// Arguments that lead with the number of components give their part, others are shared.
  private func component(
    _ k: Int, of count: Int, _ d: FramedDistribution
  ) -> FramedDistribution {
    func part(_ t: FrameTensor) -> FrameTensor {
      let whole = own(t)
      return whole.dims.first == count ? whole.part(k) : whole
    }
    switch d {
    case .family(let name, let form, let arguments, let zeros):
      return .family(name, form: form, arguments.map(part), zeros: zeros)
    case .zeroInflated(let base, let p):
      return .zeroInflated(component(k, of: count, base), part(p))
    case .limited(let base, let limits, let right, let areEstimated):
      return .limited(
        component(k, of: count, base), limits.map(part), right: right.map(part),
        areEstimated: areEstimated)
    case .mixture: return d
    }
  }

  private func constrain(
    _ name: FamilyName, _ form: Int, _ arguments: [FrameTensor], _ zeros: [Bool],
    _ value: FrameTensor
  ) {
    let family = LVMModel.family(name)
    let batch = Array(value.dims.dropLast(family.eventRank))
    switch family.frame.value {
    case .moves: break
    case .scales: for entry in value.entries { require(entry.shift, .value(name, of: owner)) }
    case .stays: requirePlain(value, .value(name, of: owner))
    }
    for (i, argument) in arguments.enumerated() {
      let parameter = family.forms[form][i]
      let reason = FrameReason.argument(name, parameter.name, of: owner)
      let kind = family.frame.argument(i)
      switch kind {
      case .plain: requirePlain(own(argument), reason)
      case .covariance:
        let n = value.dims.last ?? 1
        let matrix = used(argument, batch + [n, n])
        for (flat, entry) in matrix.entries.enumerated() {
          let (b, row, column) = (flat / (n * n), flat / n % n, flat % n)
          let product = value.entries[b * n + row].scale.flatMap { a in
            value.entries[b * n + column].scale.map { a + $0 }
          }
          equateScales(entry.scale, product, reason)
          require(entry.shift, reason)
        }
      case .location, .spread, .inverse, .logarithm:
        let whole = used(argument, value.dims)
        for (entry, v) in zip(whole.entries, value.entries) { relate(kind, entry, v, reason) }
      }
      if zeros[i], parameter.name == family.vanishingArgument, model[owner].role == .observe {
        // Noise of size zero is the limit of small noise of one size.
        for v in value.entries {
          equateScales(v.scale, value.entries[0].scale, .vanishingNoise(of: owner))
        }
      }
    }
  }

  private func relate(
    _ kind: FamilyFrame.Argument, _ argument: EntryFrame, _ value: EntryFrame,
    _ reason: FrameReason
  ) {
    switch kind {
    case .location: equate(argument, value, reason)
    case .spread:
      equateScales(argument.scale, value.scale, reason)
      require(argument.shift, reason)
    case .inverse:
      equateScales(argument.scale, value.scale.map { .zero - $0 }, reason)
      require(argument.shift, reason)
    case .logarithm:
      if let scale = argument.scale { require(scale, reason) }
      equate(argument.shift, motion == .scales ? value.scale ?? .zero : .zero, reason)
    case .covariance, .plain: break
    }
  }
}
