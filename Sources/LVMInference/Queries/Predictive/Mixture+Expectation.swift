import LVMModel

extension Mixture {
  /// The mean of each cell in the model's units, [instances, size], labels weighted by their posterior; of
  /// a label, nil.
  ///
  /// - Throws: `QueryError` where the distribution has no mean in closed form.
  public func expectation(_ model: ModelGraph) throws -> [Double]? {
    let means: [Double]
    switch content {
    case .probabilities: return nil
    case .normal(let mean, _), .scalar(_, let mean, _, _): means = mean
    case .drawn(let reason):
      throw QueryError.noMoments(variable: model.place(of: model[variable]), distribution: reason)
    }
    var result = [Double](repeating: 0, count: instances.count * size)
    for i in instances.indices {
      for s in 0..<states {
        let w = weights[i * states + s]
        if w == 0 { continue }
        for j in 0..<size { result[i * size + j] += w * means[(i * states + s) * size + j] }
      }
    }
    return result
  }
}
