import Foundation

/// The names of preparations, as written in a model.
enum PreparationName: String, CaseIterable {
  case standardize, center, scale, threshold, binarize, log, log1p

  /// Numbers after the columns.
  var argumentCount: Int {
    switch self {
    case .standardize, .center, .log, .log1p: 0
    case .scale, .threshold, .binarize: 1
    }
  }
}

/// What is done to the cells of one bound column, with the constants that were computed from data.
public struct ColumnPreparation: Sendable, Hashable, Codable {
  /// One step; they apply in order.
  public enum Step: Sendable, Hashable, Codable {
    /// (x − mean) / deviation, over observed cells, the deviation with divisor N.
    case standardize(mean: Double, deviation: Double)
    /// x − mean
    case center(mean: Double)
    /// x · factor
    case scale(factor: Double)
    /// 1 where x > level, else 0.
    case threshold(level: Double)
    /// x / maximum, the probability of a 1 that is drawn afresh in each epoch.
    case binarize(maximum: Double)
    case log
    /// log(1 + x)
    case log1p

    /// The name as written in a model.
    public var name: String {
      switch self {
      case .standardize: PreparationName.standardize.rawValue
      case .center: PreparationName.center.rawValue
      case .scale: PreparationName.scale.rawValue
      case .threshold: PreparationName.threshold.rawValue
      case .binarize: PreparationName.binarize.rawValue
      case .log: PreparationName.log.rawValue
      case .log1p: PreparationName.log1p.rawValue
      }
    }
  }

  public var steps: [Step]

  public init(steps: [Step]) {
    self.steps = steps
  }

  /// A cell's prepared value; NaN stays NaN.
  public func apply(_ value: Double) -> Double {
    var x = value
    for step in steps { x = step.apply(x) }
    return x
  }

  /// Back to the column's own units; a threshold cannot be undone and is passed over.
  public func undo(_ value: Double) -> Double {
    var x = value
    for step in steps.reversed() { x = step.undo(x) }
    return x
  }

  /// A deviation in the column's own units; `nil` where a step is not linear.
  public func undoScale(_ value: Double) -> Double? {
    slope.map { value / abs($0) }
  }

  /// d prepared / d original where all steps are linear.
  public var slope: Double? {
    var slope = 1.0
    for step in steps {
      switch step {
      case .standardize(_, let deviation): slope /= deviation
      case .center: break
      case .scale(let factor): slope *= factor
      case .binarize(let maximum): slope /= maximum
      case .threshold, .log, .log1p: return nil
      }
    }
    return slope
  }

  /// log |d prepared / d original| at an original value; steps to 0 and 1 have none and count as 0.
  public func logJacobian(_ value: Double) -> Double {
    var x = value
    var sum = 0.0
    for step in steps {
      switch step {
      case .standardize(_, let deviation): sum -= Foundation.log(deviation)
      case .center, .threshold, .binarize: break
      case .scale(let factor): sum += Foundation.log(abs(factor))
      case .log: sum -= Foundation.log(x)
      case .log1p: sum -= Foundation.log1p(x)
      }
      x = step.apply(x)
    }
    return sum
  }

  /// The value is a probability, and a 0 or 1 is drawn from it in each epoch.
  public var isDrawn: Bool {
    steps.contains { if case .binarize = $0 { true } else { false } }
  }
}

extension ColumnPreparation.Step {
  func apply(_ x: Double) -> Double {
    switch self {
    case .standardize(let mean, let deviation): (x - mean) / deviation
    case .center(let mean): x - mean
    case .scale(let factor): x * factor
    case .threshold(let level): x.isNaN ? x : x > level ? 1 : 0
    case .binarize(let maximum): x / maximum
    case .log: Foundation.log(x)
    case .log1p: Foundation.log1p(x)
    }
  }

  func undo(_ x: Double) -> Double {
    switch self {
    case .standardize(let mean, let deviation): x * deviation + mean
    case .center(let mean): x + mean
    case .scale(let factor): x / factor
    case .threshold: x
    case .binarize(let maximum): x * maximum
    case .log: exp(x)
    case .log1p: expm1(x)
    }
  }
}

/// What is done to all columns of one variable, in the order of its columns.
public struct Preparation: Sendable, Hashable, Codable {
  public var columns: [ColumnPreparation]

  public init(columns: [ColumnPreparation]) {
    self.columns = columns
  }

  /// Prepares values in place, row-major with one column each of `columns`.
  public func apply(to values: inout [Double]) {
    each(&values) { $0.apply($1) }
  }

  /// Takes prepared values back to the columns' own units, in place, row-major.
  public func undo(_ values: inout [Double]) {
    each(&values) { $0.undo($1) }
  }

  /// Takes deviations back to the columns' own units, in place, row-major; NaN where a step is not
  /// linear.
  public func undoScale(_ values: inout [Double]) {
    each(&values) { $0.undoScale($1) ?? .nan }
  }

  /// Every step of every column is linear.
  public var isLinear: Bool { columns.allSatisfy { $0.slope != nil } }
  /// Some column's values are probabilities that 0 or 1 are drawn from in each epoch.
  public var isDrawn: Bool { columns.contains { $0.isDrawn } }

  private func each(_ values: inout [Double], _ change: (ColumnPreparation, Double) -> Double) {
    let width = columns.count
    guard width > 0 else { return }
    precondition(values.count % width == 0, "values come in whole rows")
    for start in stride(from: 0, to: values.count, by: width) {
      for i in 0..<width where !columns[i].steps.isEmpty {
        values[start + i] = change(columns[i], values[start + i])
      }
    }
  }

  /// The steps as written, outermost first: `standardize(log)`.
  public var description: String {
    let names = Set(columns.map { $0.steps.reversed().map(\.name).joined(separator: " of ") })
    return names.sorted().filter { !$0.isEmpty }.joined(separator: "; ")
  }
}
