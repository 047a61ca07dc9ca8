import LVMCompute
import LVMModel

/// Starting values of parameters from the scale of the data they speak of.
struct StartingValues {
  let structure: ModelStructure
  let data: ModelData
  /// What stands for the spread of what shows constant columns alone.
  var constantSpread = Self.leastSpread
  /// What was found of parameters, for starts after the first.
  let memory = Memory()

  final class Memory {
    var references: [VariableID: Reference?] = [:]
  }

  var model: ModelGraph { structure.model }

  /// A value for every parameter; `jitter` 0 leaves symmetric ones symmetric.
  func values(seed: UInt64, restart: Int) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for v in model.estimatedParameters().map({ model[$0.id] }) {
      var random = RandomStream(
        seed: seed, purpose: "start", site: v.id.index, row: 0, step: 0, sample: restart)
      result[v.name] = value(v, &random, spread: restart == 0 ? 0.1 : 0.5)
    }
    return result
  }

  private func value(_ v: Variable, _ random: inout RandomStream, spread: Double) -> Tensor {
    let dims = v.type.dims ?? []
    let count = dims.reduce(1, *)
    let scale = reference(for: v)
    var values = [Double](repeating: 0, count: count)
    switch v.type.kind {
    case .real:
      for i in 0..<count {
        switch scale {
        case .location(let mean, let sd):
          values[i] = mean[i % mean.count] + spread * sd[i % sd.count] * random.normal()
        case .loading(let sd): values[i] = 0.5 * sd[i % sd.count] * random.normal()
        case .scale, .none:
          values[i] = spread * random.normal()
        }
      }
    case .positive:
      for i in 0..<count {
        let base: Double
        switch scale {
        case .scale(let sd): base = sd[i % sd.count]
        case .location(let mean, _): base = Swift.max(Swift.abs(mean[i % mean.count]), 1e-6)
        case .loading, .none: base = 1
        }
        values[i] = base * (spread * random.normal()).exponential
      }
    case .count, .integer: break
    case .unit:
      for i in 0..<count { values[i] = 0.5 + 0.3 * spread * (random.uniform() - 0.5) }
    case .binary, .category: break
    case .simplex:
      let n = dims.last ?? 1
      for start in stride(from: 0, to: count, by: n) {
        var total = 0.0
        for i in start..<(start + n) {
          values[i] = (spread * random.normal()).exponential
          total += values[i]
        }
        for i in start..<(start + n) { values[i] /= total }
      }
    case .covariance, .correlation, .cholesky:
      let n = dims.last ?? 1
      for start in stride(from: 0, to: count, by: n * n) {
        for i in 0..<n {
          var d = 1.0
          if v.type.kind != .correlation, case .scale(let sd) = scale {
            d = v.type.kind == .covariance ? sd[i % sd.count] * sd[i % sd.count] : sd[i % sd.count]
          }
          values[start + i * n + i] = Swift.max(d, 1e-12)
        }
      }
    case .orthonormal:
      // Gram–Schmidt on random columns.
      let (d, l) = (dims[dims.count - 2], dims[dims.count - 1])
      for start in stride(from: 0, to: count, by: d * l) {
        for j in 0..<l {
          var column = (0..<d).map { _ in random.normal() }
          for k in 0..<j {
            let other = (0..<d).map { values[start + $0 * l + k] }
            let overlap = zip(column, other).reduce(0) { $0 + $1.0 * $1.1 }
            for i in 0..<d { column[i] -= overlap * other[i] }
          }
          let norm = column.reduce(0) { $0 + $1 * $1 }.squareRoot()
          for i in 0..<d { values[start + i * l + j] = column[i] / Swift.max(norm, 1e-300) }
        }
      }
    }
    return Tensor(dims, values)
  }
}
