import LVMCompute
import LVMData
import LVMInference
import LVMModel

extension Fit {
  /// Draws whose latents are those of rows of a table: for each a row is chosen at random and its latents are
  /// drawn from their posterior, from the guide where the model has one.
  ///
  /// - Parameters:
  ///   - given: values that stand in place of the row's own for the variables that are drawn.
  ///   - means: as in `sample`.
  /// - Throws: `QueryError.noAggregate` where posteriors cannot be drawn from; `DataErrors` of the table.
  public func sampleAggregated(
    count: Int, seed: UInt64 = 1, given: [String: GivenValue] = [:], rows table: Table,
    means: Bool = false, runtime: Runtime = .serial
  ) throws -> Samples {
    let known = model.variables.filter { $0.role == .given }.map(\.name)
    if let other = given.keys.sorted().first(where: { !known.contains($0) }) {
      throw QueryError.notGiven(name: other, known: known)
    }
    let bound = try bound(to: table)
    guard bound.data.rows > 0 else {
      throw DataErrors([.reading(.noRows, at: DataPlace(file: table.name))])
    }
    let plan = try plan(bound)
    let posterior = posterior(plan, bound.data, seed: seed, runtime: runtime)
    let rows = posterior.randomRows(count: count, seed: seed)
    var frame = ModelSampler.Frame(
      layout: .rows(count), givens: bound.data.selecting(rows: rows).columns.columns)
    let latents = try posterior.latentDraws(of: rows, seed: seed)
    frame.givens.merge(latents) { $1 }
    frame.fixed = Set(latents.keys)
    // What others depend on stays as the row has it.
    for v in model.variables where v.role == .observe {
      if !model.children(of: v.id).isEmpty { frame.fixed.insert(v.name) }
    }
    for (name, value) in given {
      guard let v = model.variable(named: name) else { continue }
      let one = try givenNumbers(v, value)
      frame.givens[name] = DataColumn(
        dims: v.type.dims ?? [], values: [Double]((0..<count).map { _ in one }.joined()))
    }
    let averaged = means ? averagedVariables : []
    frame.omitted = Set(averaged)
    let parameters = parameters(ofReplicate: 0, seed: seed)
    let sampler = ModelSampler(self.plan.inference, model: model, parameters: parameters)
    var drawn = try sampler.draw(frame, seed: seed)
    try addMeans(of: averaged, to: &drawn, frame, at: parameters, runtime: runtime)
    let shown = model.variables.filter { drawn[$0.name] != nil }
    return Samples(
      rows: count,
      columns: shown.flatMap { v in
        sampleColumns(v, drawn[v.name]?.values ?? [], areMeans: averaged.contains(v.name))
      })
  }
}
