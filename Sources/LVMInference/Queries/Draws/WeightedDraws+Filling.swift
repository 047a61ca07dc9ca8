import LVMCompute
import LVMModel

/// What guides are shown in place of empty cells that training never showed them.
extension WeightedDraws {
  /// Draws for a start from the prior, rounds of filling, and guide draws in each.
  private static let starts = 4
  private static let rounds = 8
  private static let perRound = 4

  /// Fills the cells that the guide must see: first with what the prior expects there, then again and again
  /// with the mean of what the guide's draws expect, so that the guide sees rows like those it was trained
  /// on. The draws are others than those that are weighted, which leaves the weights right.
  func fill(_ rows: ArraySlice<Int>, after samples: Int) throws {
    guard !view.told.isEmpty else { return }
    filled = [:]
    for v in view.told { filled[v.id] = present(v, rows) }
    try showFilled(rows)
    var sample = samples
    if prior != nil { try refill(rows, from: &sample, count: Self.starts, fromPrior: true) }
    let count = isRandom ? Self.perRound : 1
    for _ in 0..<Self.rounds {
      try refill(rows, from: &sample, count: count, fromPrior: false)
    }
  }

  /// A variable's cells as they are, and where none is, what the encoders were centred on: a cell that is
  /// hidden has a value, which no guide may see.
  private func present(_ v: Variable, _ rows: ArraySlice<Int>) -> [Float]? {
    guard let column = data.columns.columns[ModelColumn.values(v)],
      let mask = data.columns.columns[ModelColumn.mask(v)]
    else { return nil }
    let width = column.width
    let neutral = centres[v.name] ?? [Double](repeating: 0, count: width)
    return rows.flatMap { row -> [Float] in
      let values = column.numbers(of: row..<(row + 1))
      let isThere = mask.numbers(of: row..<(row + 1))
      return (0..<width).map { Float(isThere[$0] != 0 ? values[$0] : neutral[$0]) }
    }
  }

  /// What encoders among some weights are centred on, by input.
  static func centres(_ plan: InferencePlan, _ parameters: [String: Tensor]) -> [String: [Double]] {
    var result: [String: [Double]] = [:]
    for network in plan.model.networks where network.encoder != nil {
      for input in network.inputs {
        guard let centre = parameters["\(network.name).\(input.name).center"]?.values else {
          continue
        }
        let isCount = input.type.kind == .count
        result[input.name] = centre.map { isCount ? $0.exponentialLessOne : $0 }
      }
    }
    return result
  }

  private func refill(
    _ rows: ArraySlice<Int>, from sample: inout Int, count: Int, fromPrior: Bool
  ) throws {
    var sums: [VariableID: [Double]] = [:]
    for _ in 0..<count {
      let out = try evaluate(rows, sample: sample, fromPrior: fromPrior)
      sample += 1
      for (i, h) in fillers.enumerated() where filled[h.variable] != nil {
        guard let means = h.means(i, out.values, rows.count) else { continue }
        let own = sums[h.variable] ?? [Double](repeating: 0, count: means.count)
        sums[h.variable] = zip(own, means).map { $0 + $1 / Double(count) }
      }
    }
    for v in view.told {
      guard var cells = filled[v.id], let means = sums[v.id],
        let mask = data.columns.columns[ModelColumn.mask(v)]
      else { continue }
      let width = mask.width
      let k = means.count / max(1, rows.count * width)
      for (i, row) in rows.enumerated() {
        let present = mask.numbers(of: row..<(row + 1))
        for j in 0..<width where present[j] == 0 {
          let at = i * width + j
          // A draw far out may have a mean beyond all numbers, of which no guide is told.
          let value = Float(v.expected(means[(at * k)..<((at + 1) * k)]))
          if value.isFinite { cells[at] = value }
        }
      }
      filled[v.id] = cells
    }
    try showFilled(rows)
  }

  private func showFilled(_ rows: ArraySlice<Int>) throws {
    for v in view.told {
      guard let values = filled[v.id] else { continue }
      let width = max(1, (v.type.dims ?? []).reduce(1, *))
      let source = StepInput.rows(PieceRows(rows, values, width: width))
      try model.set(GuideView.column(v), source)
      try guide?.set(GuideView.column(v), source)
    }
  }
}
