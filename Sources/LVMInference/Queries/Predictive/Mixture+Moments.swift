import LVMCompute
import LVMData
import LVMModel

extension Mixture {
  /// Mean and standard deviation in the model's own units, [instances, size], mixed by the law of total
  /// variance; nil of labels and of what can only be drawn from.
  public var ownMoments: (mean: [Double], sd: [Double])? {
    switch content {
    case .probabilities, .drawn: return nil
    case .normal, .scalar: break
    }
    let (means, variances) = (content.means, content.variances)
    guard states > 1 else { return (means, variances.map { $0.squareRoot() }) }
    var mean = [Double](repeating: 0, count: instances.count * size)
    var sd = mean
    for i in instances.indices {
      for j in 0..<size {
        let own = (0..<states).map { s in
          (w: weights[i * states + s], at: (i * states + s) * size + j)
        }.filter { $0.w != 0 }
        let centre = own.reduce(0) { $0 + $1.w * means[$1.at] }
        mean[i * size + j] = centre
        sd[i * size + j] = own.reduce(0) { sum, part in
          let deviation = means[part.at] - centre
          return sum + part.w * (variances[part.at] + deviation * deviation)
        }.squareRoot()
      }
    }
    return (mean, sd)
  }

  /// Mean and standard deviation of each cell in its column's own units, [instances, size].
  ///
  /// Labels are mixed by the law of total variance. Preparations are undone: linear ones as they are,
  /// `log` and `log1p` of a normal by the moments of the log-normal.
  ///
  /// - Throws: `QueryError` where the distribution, or that in those units, has no moments in
  ///   closed form.
  public func moments(_ model: ModelGraph, _ preparation: LVMData.Preparation?) throws -> (
    mean: [Double], sd: [Double]
  ) {
    let name = model[variable].name
    let isNormal: Bool
    let means: [Double]
    let variances: [Double]
    switch content {
    case .normal(let m, let v): (isNormal, means, variances) = (true, m, v)
    case .scalar(_, let m, let v, _): (isNormal, means, variances) = (false, m, v)
    case .drawn(let reason):
      throw QueryError.noMoments(variable: model.place(of: model[variable]), distribution: reason)
    case .probabilities:
      throw QueryError.noMoments(
        variable: model.place(of: model[variable]), distribution: "its values are labels")
    }
    var mean = [Double](repeating: 0, count: instances.count * size)
    var sd = mean
    for i in instances.indices {
      for j in 0..<size {
        let column = preparation?.columns[j]
        var centre = 0.0
        var own: [(w: Double, m: Double, v: Double)] = []
        for s in 0..<states {
          let at = (i * states + s) * size + j
          guard
            let (m, v) = Self.undone(
              means[at], Swift.max(variances[at], 0), isNormal: isNormal, column)
          else {
            throw QueryError.unitsWithoutMoments(
              variable: name, preparation: preparation?.description ?? "")
          }
          let w = weights[i * states + s]
          if w == 0 { continue }
          centre += w * m
          own.append((w, m, v))
        }
        mean[i * size + j] = centre
        sd[i * size + j] =
          own.reduce(0) { $0 + $1.w * ($1.v + ($1.m - centre) * ($1.m - centre)) }.squareRoot()
      }
    }
    return (mean, sd)
  }

  /// Mean and variance after the steps of a preparation are taken back, last step first.
  private static func undone(
    _ mean: Double, _ variance: Double, isNormal: Bool, _ column: ColumnPreparation?
  ) -> (Double, Double)? {
    var (m, v, normal) = (mean, variance, isNormal)
    for step in (column?.steps ?? []).reversed() {
      switch step {
      case .standardize(let mean, let deviation):
        m = m * deviation + mean
        v *= deviation * deviation
      case .center(let mean): m += mean
      case .scale(let factor):
        m /= factor
        v /= factor * factor
      case .binarize(let maximum):
        m *= maximum
        v *= maximum * maximum
      case .threshold: break
      case .log, .log1p:
        guard normal else { return nil }
        let centre = (m + 0.5 * v).exponential
        v = centre * centre * (v.exponential - 1)
        m = centre
        if case .log1p = step { m -= 1 }
        normal = false
      }
    }
    return (m, v)
  }
}
