import LVMCompute
import LVMModel

/// Starting values from the scatter: loadings along its principal axes, spreads from what they leave.
///
/// Latent by latent, those read by most variables first: the leading eigenvectors of what earlier ones
/// left of the correlation of the variables that read it. Only parameters that stand bare get a value.
struct SpectralStart {
  let structure: ModelStructure
  let data: ModelData

  func improve(_ values: inout [String: Tensor]) {
    let model = structure.model
    let observed = structure.observed.filter { v in
      v.type.kind == .real && MeanTerms(v, structure) != nil
    }
    guard !observed.isEmpty else { return }
    let deviations = Deviations(observed, data)
    let n = deviations.width
    guard n > 0, n <= 2000 else { return }
    let covariance = deviations.covariance()
    guard covariance.allSatisfy(\.isFinite) else { return }
    var rest = covariance
    var terms: [VariableID: MeanTerms] = [:]
    for v in observed { terms[v.id] = MeanTerms(v, structure) }
    let maps = terms.values.flatMap(\.maps).filter {
      !$0.isIndexed && structure.isFree($0.parameter)
    }
    let latents = Set(maps.map(\.latent)).sorted { a, b in
      let (m, k) = (maps.count { $0.latent == a }, maps.count { $0.latent == b })
      return m == k ? a < b : m > k
    }
    for latent in latents {
      let own = maps.filter { $0.latent == latent }.sorted { $0.observed < $1.observed }
      place(own, latent, &rest, covariance, deviations, &values)
    }
    var left: [VariableID: (sum: [Double], count: Int)] = [:]
    for v in observed {
      guard let range = deviations.columns[v.id] else { continue }
      if let mean = terms[v.id]?.rest, mean.count == 1, case .variable(let mu) = mean[0].node,
        model[mu].role == .param, model[mu].type.dims == v.type.dims
      {
        values[model[mu].name] = Tensor(v.type.dims ?? [], Array(deviations.mean[range]))
      }
      guard let s = structure.bareSpread(v), model[s].type.kind == .positive else { continue }
      let own = range.map { j in Swift.max(rest[j * n + j], 0.05 * covariance[j * n + j]) }
      let size = (model[s].type.dims ?? []).reduce(1, *)
      let part = size == own.count ? own : [own.reduce(0, +) / Double(own.count)]
      guard part.count == size else { continue }
      let before = left[s]
      left[s] = (zip(before?.sum ?? part.map { _ in 0 }, part).map(+), (before?.count ?? 0) + 1)
    }
    for (s, total) in left {
      let root = total.sum.map { Swift.max($0 / Double(total.count), 1e-16).squareRoot() }
      values[model[s].name] = Tensor(model[s].type.dims ?? [], root)
    }
  }

  private func place(
    _ maps: [LinearMap], _ latent: VariableID, _ rest: inout [Double], _ covariance: [Double],
    _ deviations: Deviations, _ values: inout [String: Tensor]
  ) {
    let model = structure.model
    let n = deviations.width
    let size = (model[latent].type.dims ?? []).reduce(1, *)
    let places = maps.flatMap { deviations.columns[$0.observed].map(Array.init) ?? [] }
    let d = places.count
    let variance = places.map { Swift.max(covariance[$0 * n + $0], 1e-300) }
    // In units of the columns at first, then of the noise that the loadings leave: with noise of each
    // entry's own that is where the likelihood equations look (Lawley and Maxwell 1971, section 4.3).
    var sd = variance.map { $0.squareRoot() }
    let rounds = d <= 300 && maps.allSatisfy { hasOwnNoise($0.observed) } ? 6 : 1
    var loadings = [Double](repeating: 0, count: d * size)
    for round in 0..<rounds {
      if round > 0 {
        sd = (0..<d).map { i in
          let common = (0..<size).reduce(0) {
            $0 + loadings[i * size + $1] * loadings[i * size + $1]
          }
          return Swift.max(rest[places[i] * n + places[i]] - common, 0.01 * variance[i])
            .squareRoot()
        }
      }
      guard let found = loaded(rest, places, sd, size, n, unitNoise: round > 0) else { return }
      loadings = found
    }
    for i in 0..<d {
      for j in 0..<d {
        for c in 0..<size {
          rest[places[i] * n + places[j]] -= loadings[i * size + c] * loadings[j * size + c]
        }
      }
    }
    var start = 0
    for map in maps {
      guard let range = deviations.columns[map.observed] else { continue }
      let count = range.count * size
      let dims = model[map.parameter].type.dims ?? []
      if dims.reduce(1, *) == count {
        values[model[map.parameter].name] = Tensor(
          dims, Array(loadings[start..<(start + count)]))
      }
      start += count
    }
  }

  private func hasOwnNoise(_ observed: VariableID) -> Bool {
    guard let s = structure.bareSpread(structure.model[observed]) else { return false }
    return structure.model[s].type.kind == .positive
      && structure.model[s].type.dims == structure.model[observed].type.dims
  }

  /// Loadings along the leading axes of a covariance in given units, [entries, size].
  private func loaded(
    _ rest: [Double], _ places: [Int], _ sd: [Double], _ size: Int, _ n: Int, unitNoise: Bool
  ) -> [Double]? {
    let d = places.count
    var correlation = [Double](repeating: 0, count: d * d)
    for i in 0..<d {
      for j in 0..<d { correlation[i * d + j] = rest[places[i] * n + places[j]] / (sd[i] * sd[j]) }
    }
    guard d > 0, let (eigenvalues, vectors) = symmetricEigen(correlation, d) else { return nil }
    let noise =
      unitNoise ? 1 : size < d ? eigenvalues.prefix(d - size).reduce(0, +) / Double(d - size) : 0
    var loadings = [Double](repeating: 0, count: d * size)
    for c in 0..<Swift.min(size, d) {
      let k = d - 1 - c
      let scale = Swift.max(eigenvalues[k] - noise, 0.01 * Swift.abs(eigenvalues[k]) + 1e-6)
        .squareRoot()
      for i in 0..<d { loadings[i * size + c] = scale * vectors[k * d + i] * sd[i] }
    }
    return loadings
  }
}
