import Foundation
import LVMModel

/// Unbounded coordinates for a few continuous sites: logs of positives, log-odds of intervals, log
/// ratios of simplexes, with the log Jacobian of the way back.
final class Axes {
  private let world: World
  private let sites: [Int]
  let count: Int

  init(_ world: World, _ sites: [Int]) throws {
    self.world = world
    self.sites = sites
    var count = 0
    for s in sites {
      let site = world.sites[s]
      if case .simplex = site.variable.type.kind {
        count += site.unknown.count - site.unknown.count / (site.dims.last ?? 1)
      } else {
        count += site.unknown.count
      }
    }
    self.count = count
  }

  func clear() {
    for s in sites { for i in world.sites[s].unknown { world.assign(s, i, .nan) } }
  }

  /// Assigns the sites' values at t; returns log |dx/dt|.
  func place(_ t: [Double]) throws -> Double {
    var next = 0
    var logJacobian = 0.0
    for s in sites {
      let site = world.sites[s]
      if case .simplex = site.variable.type.kind {
        let k = site.dims.last ?? 1
        var value = world.values[s]
        for block in 0..<site.unknown.count / k {
          let logits = Array(t[next..<next + k - 1]) + [0]
          next += k - 1
          let total = logSumExp(logits)
          for i in 0..<k {
            // Kept off exact zero, where a prior can be infinite.
            value[block * k + i] = max(exp(logits[i] - total), 1e-300)
            logJacobian += logits[i] - total
          }
        }
        world.assign(s, value)
        continue
      }
      let (low, high) = try interval(s)
      for i in site.unknown {
        let x = t[next]
        next += 1
        switch (low.isFinite, high.isFinite) {
        case (false, false): world.assign(s, i, x)
        case (true, false):
          world.assign(s, i, low + max(exp(x), 1e-300))
          logJacobian += x
        case (false, true):
          world.assign(s, i, high - exp(x))
          logJacobian += x
        case (true, true):
          // From the nearer end, so that both ends keep their digits.
          let small = exp(-Swift.abs(x)) / (1 + exp(-Swift.abs(x)))
          world.assign(
            s, i,
            x < 0
              ? low + (high - low) * max(small, 1e-300)
              : min(high - (high - low) * small, high.nextDown))
          logJacobian += log(high - low) - Swift.abs(x) - 2 * log1p(exp(-Swift.abs(x)))
        }
      }
    }
    return logJacobian
  }

  private func interval(_ s: Int) throws -> (low: Double, high: Double) {
    let kind = world.sites[s].variable.type.kind
    do {
      if let d = try world.distribution(of: s) { return try d.interval(kind: kind) }
    } catch OracleError.unsetValue {
      // The support of these families does not depend on what is still open.
    }
    switch kind {
    case .positive, .count: return (0, .infinity)
    case .unit: return (0, 1)
    case .real, .integer, .binary, .category, .simplex, .covariance, .correlation, .cholesky,
      .orthonormal:
      return (-.infinity, .infinity)
    }
  }
}
