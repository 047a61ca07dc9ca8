import LVMCompute
import LVMModel

/// Posterior moments of linear-Gaussian latents, from the outermost level of noises inwards.
///
/// ε of a level given the outer ones is N(m − Σ Kᵀε_outer, P⁻¹); a latent is an affine function of
/// noises, so its mean and variance follow.
struct GaussianMoments {
  let lowered: Fork
  let integrated: IntegratedGaussian
  typealias Pair = Information.Pair

  init(_ lowered: Fork, _ integrated: IntegratedGaussian) {
    self.lowered = lowered
    self.integrated = integrated
  }

  /// Posterior moments of the noises of all levels.
  struct Noises {
    var mean: [PlateID: Lowered] = [:]
    /// Between levels; within one only where `roots` has none.
    fileprivate var covariance: [Pair: Lowered] = [:]
    /// L of P = LLᵀ where a level has no outer ones that its noises depend on.
    fileprivate var roots: [PlateID: Lowered] = [:]

    /// Variances of Σ side·ε, each side [n, width of its level]; nil without sides.
    func variance(_ sides: [(PlateID, Lowered)], _ context: LoweringContext) -> Lowered? {
      var result: Lowered?
      for (level, side) in sides {
        for (other, otherSide) in sides {
          let term: Lowered
          if level == other, let root = roots[level] {
            // side P⁻¹ sideᵀ as squares: each stays positive beside others of any size.
            term = context.whiten(root, side.transpose(event: [1, 0])).map { $0.square() }
              .sum(eventAxes: [0])
          } else if let c = covariance[Pair(first: level, second: other)] {
            let half = Lowered.contract(side, [0, 1], c, [1, 2], to: [0, 2])
            term = (half * otherSide).sum(eventAxes: [1])
          } else {
            continue
          }
          result = result.map { $0 + term } ?? term
        }
      }
      return result
    }
  }

  /// Posterior moments of the noises of each level.
  func noises() -> Noises {
    let system = integrated.system
    let levels = system.levels.keys.sorted { $1 < $0 }
    var result = Noises()
    let context = lowered.context
    let builder = lowered.builder
    for level in levels {
      let width = system.width(level)
      let outer = levels.filter { level < $0 }
      guard let solution = integrated.solutions[level] else {
        result.mean[level] = Lowered(builder.constant(Tensor(repeating: 0, [width])))
        result.covariance[Pair(first: level, second: level)] = Lowered(
          context.identityMatrix(width))
        for q in outer {
          let zero = Lowered(
            builder.constant(Tensor(repeating: 0, [width, system.width(q)])))
          result.covariance[Pair(first: level, second: q)] = zero
          result.covariance[Pair(first: q, second: level)] = zero.transpose(event: [1, 0])
        }
        continue
      }
      var m = solution.mean
      var own: Lowered
      switch solution.spread {
      case .root(let root):
        if outer.isEmpty { result.roots[level] = root }
        let half = context.whiten(root, Lowered(context.identityMatrix(width)))
        own = Lowered.contract(half, [0, 1], half, [0, 2], to: [1, 2])
      case .precision(let precision):
        own = precision.map { $0.builder.add(.spdInverse, [$0]) }
      case .none:
        own = Lowered(builder.constant(Tensor(repeating: 0, [width, width])))
      }
      for q in outer {
        guard let gain = solution.gain[q], let mq = result.mean[q] else { continue }
        m = m - Lowered.contract(gain, [0, 1], mq, [0], to: [1])
      }
      for q in outer {
        var cross: Lowered?
        for r in outer {
          guard let gain = solution.gain[r], let c = result.covariance[Pair(first: r, second: q)]
          else {
            continue
          }
          let term = Lowered.contract(gain, [0, 1], c, [0, 2], to: [1, 2])
          cross = cross.map { $0 - term } ?? term.map { -$0 }
        }
        let value =
          cross
          ?? Lowered(builder.constant(Tensor(repeating: 0, [width, system.width(q)])))
        result.covariance[Pair(first: level, second: q)] = value
        result.covariance[Pair(first: q, second: level)] = value.transpose(event: [1, 0])
      }
      for q in outer {
        guard let gain = solution.gain[q], let c = result.covariance[Pair(first: level, second: q)]
        else {
          continue
        }
        own = own - Lowered.contract(c, [0, 1], gain, [1, 2], to: [0, 2])
      }
      result.mean[level] = m
      result.covariance[Pair(first: level, second: level)] = own
    }
    return result
  }

  func all() -> [VariableID: LoweredMoments] {
    let system = integrated.system
    guard !system.order.isEmpty else { return [:] }
    let levels = system.levels.keys.sorted { $1 < $0 }
    let context = lowered.context
    let noises = noises()
    var result: [VariableID: LoweredMoments] = [:]
    for id in system.order {
      guard let form = system.inNoise[id] else { continue }
      let plate = context.plates.compute(lowered.plan.model[id].plate)
      let size = form.constant.event.reduce(1, *)
      var value = form.constant.reshape(event: [size])
      var sides: [(PlateID, Lowered)] = []
      for level in levels {
        guard let side = context.side(form, level: level, of: system) else { continue }
        sides.append((level, side.reshape(event: [size, system.width(level)])))
      }
      for (level, side) in sides {
        guard let m = noises.mean[level] else { continue }
        value = value + Lowered.contract(side, [0, 1], m, [1], to: [0])
      }
      let spread = noises.variance(sides, context) ?? value.map { $0 * 0.0 }
      result[id] = lowered.mixed(value, spread, over: integrated.tables[plate])
    }
    return result
  }
}
