import LVMCompute

/// A posterior of parameters, as equally weighted draws of all of them together.
public protocol ParameterPosterior: Sendable {
  var count: Int { get }
  /// The values of every parameter at one draw.
  func draw(_ index: Int) -> [String: Tensor]
  /// What is known of each entry of a parameter, row-major; empty for one that was not drawn.
  func summary(_ name: String) -> [ParameterSummary]
}

/// Mean, standard deviation and 5% and 95% quantiles of one number under a posterior.
public struct ParameterSummary: Sendable, Hashable {
  public var mean: Double
  public var sd: Double
  public var q5: Double
  public var q95: Double
}

/// Draws of parameters, kept one after the other.
public struct DrawsOfParameters: ParameterPosterior {
  public let count: Int
  /// Of each parameter its draws, [draws, dims of the parameter].
  public let values: [String: Tensor]

  /// Nil unless every parameter has the same number of draws, at least one.
  public init?(_ values: [String: Tensor]) {
    guard let count = values.values.first?.dims.first, count > 0,
      values.values.allSatisfy({ $0.dims.first == count })
    else { return nil }
    self.count = count
    self.values = values
  }

  public func draw(_ index: Int) -> [String: Tensor] {
    values.mapValues { all in
      let width = all.count / count
      return Tensor(
        Array(all.dims.dropFirst()), Array(all.values[(index * width)..<((index + 1) * width)]))
    }
  }

  public func summary(_ name: String) -> [ParameterSummary] {
    guard let all = values[name] else { return [] }
    let width = all.count / count
    return (0..<width).map { entry in
      let own = (0..<count).map { all.values[$0 * width + entry] }.sorted()
      let mean = own.reduce(0, +) / Double(count)
      let squares = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return ParameterSummary(
        mean: mean, sd: (squares / Double(count)).squareRoot(),
        q5: own[Int(0.05 * Double(count))], q95: own[Int(0.95 * Double(count))])
    }
  }
}

extension ParameterPosterior {
  /// Every parameter's draws one after the other, [draws, dims of the parameter].
  public var stacked: [String: Tensor] {
    let all = (0..<count).map(draw)
    return (all.first ?? [:]).reduce(into: [:]) { result, first in
      result[first.key] = Tensor(
        [count] + first.value.dims, all.flatMap { $0[first.key]?.values ?? [] })
    }
  }

  /// The number of the draw that one replicate of a simulation goes by.
  public func index(seed: UInt64, replicate: Int) -> Int {
    var random = RandomStream(seed: seed, purpose: "draw of parameters", row: replicate)
    return Swift.min(count - 1, Int(random.uniform() * Double(count)))
  }
}
