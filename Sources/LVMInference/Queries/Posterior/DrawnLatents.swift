import LVMCompute
import LVMModel

/// The guide's posterior of sampled latents, and the posteriors of labels that are summed and of latents that
/// are integrated, averaged over draws of the others.
struct DrawnLatents: PosteriorQuery {
  private let program: GuideProgram
  private let samples: Int
  let rows: [Int]?
  let step = GuideProgram.batch

  init(_ program: GuideProgram, samples: Int) {
    self.program = program
    let needsDraws =
      program.isRandom
      && (!program.labels.isEmpty || !program.integrated.isEmpty
        || program.drawn.contains { !$0.isClosed })
    self.samples = needsDraws ? samples : 1
    rows = Array(0..<program.rows)
  }

  /// Means and mean squares of outputs over draws.
  private struct Sums {
    var first: [String: [Double]] = [:]
    var second: [String: [Double]] = [:]

    mutating func add(_ name: String, _ values: [Double], of count: Int) {
      let none = [Double](repeating: 0, count: first[name] == nil ? values.count : 0)
      Self.add(values, to: &first[name, default: none]) { $0 / Double(count) }
      Self.add(values, to: &second[name, default: none]) { $0 * $0 / Double(count) }
    }

    private static func add(
      _ values: [Double], to sums: inout [Double], _ term: (Double) -> Double
    ) {
      sums.withUnsafeMutableBufferPointer { sums in
        for (k, x) in values.enumerated() { sums[k] += term(x) }
      }
    }
  }

  func mixtures(at rows: ArraySlice<Int>) throws -> [Mixture] {
    var sums = Sums()
    var deviations: [String: [Double]] = [:]
    for draw in 0..<(rows.isEmpty ? 0 : samples) {
      for (name, value) in try program.evaluate(rows, draw: draw) {
        if name.hasPrefix("p.") || name.hasPrefix("v.") || name.hasPrefix("w.") {
          sums.add(name, value.values, of: samples)
        } else if draw == 0, name.hasPrefix("s.") {
          deviations[name] = value.values
        }
      }
    }
    let instances = Array(rows)
    func moments(_ v: Variable, _ size: Int, _ mean: [Double], _ variance: [Double]) -> Mixture {
      Mixture(
        marginal: .scalar(nil, mean: mean, variance: variance, arguments: []), of: v.id, plate: 0,
        instances: instances, size: size)
    }
    var result = program.labels.map { v, outputs in
      let entries = outputs.map { sums.first[$0] ?? [] }
      let k = rows.isEmpty ? 1 : (entries.first?.count ?? 0) / rows.count
      return Mixture(
        marginal: .probabilities(Mixture.entriesTogether(entries, k), values: k), of: v.id,
        plate: 0, instances: instances, size: outputs.count)
    }
    for (v, isClosed, size) in program.drawn {
      let mean = sums.first["v.\(v.name)"] ?? []
      let variance: [Double]
      if isClosed {
        variance =
          deviations["s.\(v.name)"]?.map { $0 * $0 } ?? [Double](repeating: 0, count: mean.count)
      } else {
        variance = zip(mean, sums.second["v.\(v.name)"] ?? []).map { Swift.max(0, $1 - $0 * $0) }
      }
      result.append(moments(v, size, mean, variance))
    }
    for (v, size) in program.integrated {
      // Var[f] = E Var[f | z] + Var E[f | z] over the draws z.
      let mean = sums.first["v.\(v.name)"] ?? []
      let own = sums.first["w.\(v.name)"] ?? []
      let squares = sums.second["v.\(v.name)"] ?? []
      let variance = mean.indices.map {
        Swift.max(0, own[$0]) + Swift.max(0, squares[$0] - mean[$0] * mean[$0])
      }
      result.append(moments(v, size, mean, variance))
    }
    return result.sorted { $0.variable < $1.variable }
  }
}
