import LVMModel

/// The posterior of one latent given data: an entry for each instance of its plate.
public struct LatentPosterior: Sendable {
  public enum Content: Sendable {
    /// Probabilities of each value, [instances × states].
    case probabilities([Double], states: Int)
    /// Means and standard deviations, [instances × size].
    case moments(mean: [Double], sd: [Double], size: Int)
  }

  public var variable: String
  /// 0 for rows, 1 for the group round them, and so on.
  public var plate: Int
  public var content: Content
  public var instances: Int

  public init(variable: String, plate: Int, content: Content, instances: Int) {
    self.variable = variable
    self.plate = plate
    self.content = content
    self.instances = instances
  }
}

extension [Mixture] {
  /// The mixtures as summaries by name, in the order of the model; a vector of labels has one for each entry.
  public func latents(in plan: InferencePlan) -> [LatentPosterior] {
    flatMap { mixture -> [LatentPosterior] in
      let v = plan.model[mixture.variable]
      func summary(_ name: String, _ content: LatentPosterior.Content) -> LatentPosterior {
        LatentPosterior(
          variable: name, plate: mixture.plate, content: content,
          instances: mixture.instances.count)
      }
      if case .probabilities(let p, let k) = mixture.content {
        guard !v.type.isScalar else { return [summary(v.name, .probabilities(p, states: k))] }
        return (0..<mixture.size).map { j in
          let own = mixture.instances.indices.flatMap { i in
            p[((i * mixture.size + j) * k)..<((i * mixture.size + j + 1) * k)]
          }
          return summary("\(v.name)\(j + 1)", .probabilities(own, states: k))
        }
      }
      guard let (mean, sd) = mixture.ownMoments else { return [] }
      return [summary(v.name, .moments(mean: mean, sd: sd, size: mixture.size))]
    }
  }
}

extension LatentPosterior {
  /// The same posterior, of rows that come after so many others.
  ///
  /// - Throws: `QueryError` where a number of it could not be computed.
  public func checked(after rows: Int = 0) throws -> LatentPosterior {
    func check(_ values: [Double], _ width: Int) throws {
      guard let at = values.firstIndex(where: \.isNaN) else { return }
      let row = plate == 0 ? " (row \(rows + at / Swift.max(1, width) + 1))" : ""
      throw QueryError.noFiniteValue(variable: "`\(variable)`" + row)
    }
    switch content {
    case .probabilities(let p, let states): try check(p, states)
    case .moments(let mean, let sd, let size):
      try check(mean, size)
      try check(sd, size)
    }
    return self
  }

  /// The same posterior with rows in the order of the table they came from.
  public func inTableOrder(_ data: ModelData) -> LatentPosterior {
    guard plate == 0, let moved = data.moved else { return self }
    func permuted(_ values: [Double], _ width: Int) -> [Double] {
      var result = values
      for (i, row) in moved.enumerated() {
        for j in 0..<width { result[row * width + j] = values[i * width + j] }
      }
      return result
    }
    var copy = self
    switch content {
    case .probabilities(let p, let states):
      copy.content = .probabilities(permuted(p, states), states: states)
    case .moments(let mean, let sd, let size):
      copy.content = .moments(mean: permuted(mean, size), sd: permuted(sd, size), size: size)
    }
    return copy
  }
}
