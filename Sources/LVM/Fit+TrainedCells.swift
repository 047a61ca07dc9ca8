import LVMCompute
import LVMData
import LVMInference
import LVMModel

/// How the answer of a trained model came about: draws of its latents.
public struct DrawnEstimate: Sendable {
  /// Draws a row.
  public var samples: Int
  /// For each row with an answer, as how many equally weighted draws its draws count.
  public var effectiveSamples: [Double]

  /// Rows whose answer rests on fewer equally weighted draws than this say so.
  public static let fewest = 5.0

  public var weakRows: Int { effectiveSamples.count { $0 < Self.fewest } }
}

/// What is known of cells whose law is a mixture over draws: in the columns' own units, for some rows.
struct CellSummary {
  var variable: VariableID
  var size: Int
  /// Where the rows stand in the data.
  var instances: [Int]
  /// [rows, size]; empty for labels.
  var mean: [Double] = []
  var sd: [Double] = []
  var q5: [Double] = []
  var q95: [Double] = []
  /// [rows, size, values]; empty for numbers.
  var probabilities: [Double] = []
  var values = 0
  /// Whether a law had to be drawn from.
  var isDrawn = false
}

extension Fit {
  /// Draws of a row's latents where nothing else is asked for.
  public static let latentDraws = 100

  /// Summaries of the missing cells of some observed variables of a trained model.
  ///
  /// - Parameter wantsQuantiles: whether 5% and 95% quantiles are needed beside the moments.
  func trainedCells(
    of names: [String], _ plan: Plan, _ bound: BoundModel, _ data: ModelData, samples: Int,
    runtime: Runtime, wantsQuantiles: Bool
  ) throws -> (cells: [CellSummary], estimate: DrawnEstimate?) {
    let laws = try PredictiveDraws(
      plan, data: data, of: names, parameters: parameters, samples: samples, seed: seed,
      runtime: runtime)
    var result: [CellSummary] = []
    var sampler: PredictiveSampler?
    try laws.eachPiece(rows: data.incompleteRows(of: names)) { piece in
      for (i, law) in piece.enumerated() {
        if result.count <= i {
          result.append(CellSummary(variable: law.variable, size: law.size, instances: []))
        }
        let preparation = bound.binding[plan.model[law.variable].name]?.preparation
        if wantsQuantiles {
          let asked = Self.missing(law, plan, data)
          try result[i].append(law, plan, preparation, asked: asked) { law in
            if sampler == nil {
              sampler = PredictiveSampler(plan, data: data, parameters: parameters)
            }
            return try sampler?.draws(law, count: Self.predictiveDraws, seed: seed) ?? []
          }
        } else {
          try result[i].append(law, plan, preparation, draws: nil)
        }
      }
    }
    let estimate =
      laws.isEstimate
      ? DrawnEstimate(samples: laws.samples, effectiveSamples: laws.effectiveSamples) : nil
    return (result, estimate)
  }

  /// Cells of a law that the data lack: quantiles of mixtures of many draws are dear.
  private static func missing(_ law: PredictiveDistribution, _ plan: Plan, _ data: ModelData)
    -> [Bool]?
  {
    guard let mask = data.columns.columns["$mask.\(plan.model[law.variable].name)"],
      mask.width == law.size
    else { return nil }
    return law.instances.flatMap { row in mask.numbers(of: row..<(row + 1)).map { $0 == 0 } }
  }
}

extension CellSummary {
  /// Takes in a law of further rows; with `draws`, quantiles too, of the cells that are asked for.
  mutating func append(
    _ law: PredictiveDistribution, _ plan: Plan, _ preparation: LVMData.Preparation?,
    asked: [Bool]? = nil,
    draws: ((PredictiveDistribution) throws -> [[Double]])?
  ) throws {
    instances += law.instances
    if case .probabilities(let p, let k) = law.content {
      probabilities += p
      values = k
      return
    }
    guard let draws else {
      let moments = try law.moments(plan.model, preparation)
      mean += moments.mean
      sd += moments.sd
      return
    }
    func undone(_ x: Double, _ cell: Int) -> Double {
      preparation?.columns[cell % size].undo(x) ?? x
    }
    let moments = try? law.moments(plan.model, preparation)
    let quantiles = try law.quantiles([0.05, 0.95], asked: asked)
    let own =
      moments == nil || quantiles == nil
      ? try draws(law).enumerated().map { cell, x in x.map { undone($0, cell) }.sorted() } : []
    isDrawn = isDrawn || !own.isEmpty
    if let moments {
      mean += moments.mean
      sd += moments.sd
    } else {
      for x in own {
        let m = x.reduce(0, +) / Double(x.count)
        mean.append(m)
        sd.append((x.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(x.count)).squareRoot())
      }
    }
    for cell in 0..<(law.instances.count * size) {
      if let quantiles {
        let ends = [undone(quantiles[0][cell], cell), undone(quantiles[1][cell], cell)]
        // A negative scale turns the ends round.
        q5.append(min(ends[0], ends[1]))
        q95.append(max(ends[0], ends[1]))
      } else {
        let x = own[cell]
        q5.append(x[Int(0.05 * Double(x.count))])
        q95.append(x[Int(0.95 * Double(x.count))])
      }
    }
  }
}
