import LVMCompute

/// What is left of training once its epochs are over.
extension Trainer {
  /// Keeps the averages at the final weights.
  func settleAverages() throws {
    constants.merge(try batchAverages()) { $1 }
  }

  /// Averages of batch statistics over the data at the weights as they are.
  func batchAverages() throws -> [String: Tensor] {
    guard !training.averages.isEmpty else { return [:] }
    var sums: [String: Tensor] = [:]
    var count = 0.0
    // Shuffled as in training: rows of a sorted table differ less from their neighbours than from the rest.
    for rows in minibatches(settings.epochs).prefix(50) {
      let out = try program.evaluate(rows: repeated(rows), epoch: settings.epochs)
      count += Double(rows.count)
      for name in training.averages {
        guard let value = out[TrainingProgram.average(name)] else { continue }
        var sum = sums[name] ?? Tensor(repeating: 0, value.dims)
        for i in sum.values.indices { sum.values[i] += Double(rows.count) * value.values[i] }
        sums[name] = sum
      }
    }
    return sums.mapValues { sum in Tensor(sum.dims, sum.values.map { $0 / count }) }
  }

  /// Parameters in their own units, and weights.
  func values() throws -> [String: Tensor] {
    var result = constants
    for b in training.space.blocks {
      let free = try program.parameters.values(b.inputName).map { Double($0) }
      result[b.name] = try b.value(of: Tensor(b.dims, free))
    }
    for w in training.weights {
      result[w.name] = Tensor(w.dims, try program.parameters.values(w.name).map { Double($0) })
    }
    return result
  }

  /// The bound of all rows with networks as they are used afterwards, averaged over several draws a row.
  func evaluate() throws -> (bound: Double, error: Double, draws: Int?) {
    let own = try TrainingProgram(
      plan, masked: data.masked, mode: .evaluation, rows: data.rows, binarized: options.binarized)
    let program = try program.evaluator(own.graph, batch: Swift.max(settings.batch, 256))
    try feed(program, own)
    let draws =
      own.noise.isEmpty ? 1 : Swift.max(2, Swift.min(1000, 100_000 / Swift.max(1, data.rows)))
    let rows = Array(0..<data.rows)
    var totals: [Double] = []
    for draw in 0..<draws {
      var total = 0.0
      try program.sweep(rows, epoch: -1 - draw) { _, out in
        total += out[TrainingProgram.bound]?.values.first ?? .nan
      }
      totals.append(total)
    }
    let bound = totals.reduce(0, +) / Double(draws)
    guard bound.isFinite else {
      throw FitError.notFinite(stage: "at the end of training", parameter: nil)
    }
    let variance =
      totals.reduce(0) { $0 + ($1 - bound) * ($1 - bound) } / Double(Swift.max(1, draws - 1))
    return (
      bound, (variance / Double(draws)).squareRoot(), own.noise.isEmpty ? nil : draws
    )
  }
}
