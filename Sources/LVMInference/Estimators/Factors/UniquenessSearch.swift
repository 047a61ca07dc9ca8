import Foundation
import LVMCompute
import LVMModel

/// Newton's method in the logarithms of the noise variances of common factors, from any start.
struct UniquenessSearch: LeadableEstimator {
  let task: FitTask
  private let factors: CommonFactors
  private let deviations: Deviations
  private let likelihood: ConcentratedLikelihood
  /// Mean variances of the entries of each group, and the least log variance there.
  private let variances: [Double]
  private let floor: [Double]
  private var groups: [Int] = []
  private var names: [Group: Int] = [:]

  /// log ψ at most so far apart count as on the way to the same maximum.
  private static let near = 0.1

  struct Run {
    var point: ConcentratedLikelihood.Point
    var trace: [Double] = []
    var converged = false
  }

  private struct Group: Hashable {
    var scale: VariableID
    var index: Int
  }

  init(_ task: FitTask, _ factors: CommonFactors) throws {
    self.task = task
    self.factors = factors
    let observed = factors.blocks.map { task.plan.model[$0.observed] }
    deviations = Deviations(observed, task.data, centred: factors.blocks[0].mean != nil)
    for e in factors.entries {
      let key = Group(scale: e.scale, index: e.index)
      let next = names.count
      groups.append(names[key, default: next])
      names[key] = groups[groups.count - 1]
    }
    likelihood = ConcentratedLikelihood(deviations, factors: factors.factors, groups: groups)
    variances = likelihood.variances
    guard variances.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw FitError.notFinite(stage: "where the scatter of the rows is taken", parameter: nil)
    }
    let share = VarianceFloor.share
    let deviations = deviations
    let own = likelihood.pooled { deviations.scale(of: $0) * deviations.scale(of: $0) }.mean
    floor = own.map { log(share * share * $0) }
  }

  // MARK: Runs

  func begin(_ start: Int) throws -> Run? {
    likelihood.point(at: zip(logs(start), floor).map { Swift.max($0, $1) }).map { Run(point: $0) }
  }

  func value(_ run: Run) -> Double { -run.point.value }
  func iterations(_ run: Run) -> Int { run.trace.count }
  func hasConverged(_ run: Run) -> Bool { run.converged }

  func gainedLately(_ run: Run) -> Double {
    guard run.trace.count > 1 else { return .infinity }
    return run.trace[run.trace.count / 2 - (run.trace.count == 2 ? 1 : 0)] - run.point.value
  }

  func isNear(_ run: Run, _ other: Run) -> Bool {
    zip(run.point.logs, other.point.logs).allSatisfy { Swift.abs($0 - $1) < Self.near }
  }

  // MARK: Starts

  private func logs(_ restart: Int) -> [Double] {
    let (model, options) = (task.plan.model, task.options)
    let d = likelihood.groups.count
    if restart > 0 {
      var random = RandomStream(
        seed: options.seed, purpose: "start", site: factors.scales[0].index, row: 0, step: 0,
        sample: restart)
      return variances.map { log(Swift.max($0, 1e-300) * (0.05 + 0.9 * random.uniform())) }
    }
    if let initial = options.initial {
      var logs = variances.map { log(Swift.max(0.5 * $0, 1e-300)) }
      for (group, place) in names {
        if let value = initial[model[group.scale].name], group.index < value.count {
          logs[place] = 2 * log(Swift.max(value.values[group.index], 1e-150))
        }
      }
      return logs
    }
    // What is left of an entry given all others: 1 / S⁻¹ᵢᵢ, from the eigenvectors of the correlation.
    let share = 1 - 0.5 * Double(factors.factors) / Double(d)
    let sd = (0..<d).map { likelihood.covariance[$0 * d + $0].squareRoot() }
    var correlation = likelihood.covariance
    for i in 0..<d {
      for j in 0..<d { correlation[i * d + j] /= Swift.max(sd[i] * sd[j], 1e-300) }
    }
    var own = [Double](repeating: 0.5, count: d)
    if let (values, vectors) = symmetricEigen(correlation, d), values[0] > 1e-8 * values[d - 1] {
      for i in 0..<d {
        var inverse = 0.0
        for m in 0..<d { inverse += vectors[m * d + i] * vectors[m * d + i] / values[m] }
        own[i] = share / inverse
      }
    }
    return likelihood.pooled { Swift.max(own[$0] * sd[$0] * sd[$0], 1e-300) }.mean.map { log($0) }
  }

  // MARK: Newton's method

  /// Lowers f above the floor; ends where the run comes near to one beside it.
  func advance(_ run: inout Run, most limit: Int, beside leader: Run?, stage: String) throws
    -> Bool
  {
    let before = run.trace.count
    for _ in 0..<limit {
      if let leader, isNear(run, leader) { break }
      let (next, hasConverged) = next(after: run.point)
      run.converged = hasConverged
      guard let next else { break }
      run.point = next
      run.trace.append(next.value)
      try task.reporter.report(
        stage, run.trace.count, of: limit, objective: likelihood.likelihood(next.value))
    }
    return run.trace.count > before
  }

  /// The point that a step of Newton's method leads to; nil where none gains, and whether that is the end.
  private func next(
    after p: ConcentratedLikelihood.Point
  ) -> (point: ConcentratedLikelihood.Point?, hasConverged: Bool) {
    // Scales on their floor that would sink further are held.
    let free = floor.indices.filter { p.logs[$0] > floor[$0] || p.gradient[$0] < 0 }
    guard !free.isEmpty, let step = step(p, free) else { return (nil, free.isEmpty) }
    let slope = -free.reduce(0) { $0 + p.gradient[$1] * step[$1] }
    if 0.5 * slope <= 1e-14 * (Swift.abs(p.value) + 1) { return (nil, true) }
    var size = 1.0
    for _ in 0..<30 {
      var logs = p.logs
      for i in free { logs[i] = Swift.max(logs[i] + size * step[i], floor[i]) }
      let predicted = -free.reduce(0) { $0 + p.gradient[$1] * (logs[$1] - p.logs[$1]) }
      if let found = likelihood.point(at: logs), found.value <= p.value - 1e-4 * predicted {
        return (found, false)
      }
      size *= 0.4
    }
    // Nothing gains: at the precision of f that is the end if no more than rounding was promised.
    return (nil, 0.5 * slope <= 1e-11 * (Swift.abs(p.value) + 1))
  }

  /// −|H|⁻¹ ∇f in the free scales, no longer than 3 in any of them; zero in the others.
  private func step(
    _ p: ConcentratedLikelihood.Point, _ free: [Int]
  ) -> [Double]? {
    let n = p.logs.count
    let curvature = likelihood.curvature(p)
    let k = free.count
    var h = [Double](repeating: 0, count: k * k)
    for (a, i) in free.enumerated() {
      for (b, j) in free.enumerated() { h[a * k + b] = curvature[i * n + j] }
    }
    var uphill = free.map { p.gradient[$0] }
    if solvePositive(h, &uphill) {
      var step = [Double](repeating: 0, count: n)
      for (a, i) in free.enumerated() { step[i] = -uphill[a] }
      return Self.shortened(step)
    }
    guard let (values, vectors) = symmetricEigen(h, k), let top = values.last else { return nil }
    let least = Swift.max(1e-6 * Swift.abs(top), 1e-12)
    var step = [Double](repeating: 0, count: n)
    for m in 0..<k {
      var along = 0.0
      for (a, i) in free.enumerated() { along += vectors[m * k + a] * p.gradient[i] }
      along /= Swift.max(Swift.abs(values[m]), least)
      for (a, i) in free.enumerated() { step[i] -= along * vectors[m * k + a] }
    }
    return Self.shortened(step)
  }

  private static func shortened(_ step: [Double]) -> [Double]? {
    let longest = step.reduce(0) { Swift.max($0, Swift.abs($1)) }
    guard longest.isFinite else { return nil }
    return longest > 3 ? step.map { $0 * 3 / longest } : step
  }

  // MARK: What comes out

  func estimate(_ run: Run, _ count: Int) throws -> Estimate {
    let model = task.plan.model
    let d = groups.count
    let p = run.point
    var parameters: [String: Tensor] = [:]
    var floored: Set<String> = []
    for id in factors.scales {
      let dims = model[id].type.dims ?? []
      var value = Tensor(repeating: 1, dims)
      for (group, place) in names where group.scale == id {
        value.values[group.index] = exp(0.5 * p.logs[place])
        if p.logs[place] <= floor[place] { floored.insert(model[id].name) }
      }
      parameters[model[id].name] = value
    }
    var first = 0
    for block in factors.blocks {
      if let mean = block.mean {
        parameters[model[mean].name] = Tensor(
          model[mean].type.dims ?? [], Array(deviations.mean[first..<(first + block.count)]))
      }
      var factor = 0
      for (map, width) in zip(block.maps, factors.widths) {
        var w = [Double](repeating: 0, count: block.count * width)
        for c in 0..<width where factor + c < p.kept {
          let size = (p.roots[factor + c] - 1).squareRoot()
          for i in 0..<block.count {
            let e = first + i
            w[i * width + c] =
              exp(0.5 * p.logs[groups[e]]) * size * p.vectors[(factor + c) * d + e]
          }
        }
        parameters[model[map].name] = Tensor(model[map].type.dims ?? [], w)
        factor += width
      }
      first += block.count
    }
    let objective = try MarginalLikelihood(
      task.plan, data: task.data, runtime: task.options.runtime
    ).value(
      parameters)
    let trace = run.trace.dropLast().map { likelihood.likelihood($0) } + [objective]
    return Estimate(
      parameters: parameters, objective: objective, iterations: trace.count,
      converged: run.converged, restarts: count, trace: trace, warnings: [], floored: floored)
  }
}
