import LVMCompute

/// How far the guides of latents tell rows apart, unit by unit.
struct LatentUsage {
  struct Entry {
    var latent: TrainingProgram.Latent
    /// The share of a unit's variance over rows and draws that its mean over draws has.
    var shares: [Double]
    /// The standard deviation of a unit over rows and draws.
    var deviations: [Double]
    /// The guide's own scale, [rows × units]; empty for points.
    var spreads: [Double]
  }

  var entries: [Entry] = []
  /// The bound of the rows that were looked at, per row.
  var bound = 0.0

  /// A unit whose mean accounts for less than a hundredth of its variance says nothing of a row. Under a
  /// standard normal prior that is the rule of Burda et al. (2016), Var E[u | x] > 0.01.
  static let least = 0.01

  init(_ latents: [TrainingProgram.Latent], _ program: MinibatchEvaluator, _ rows: [Int])
    throws
  {
    var places: [[Double]] = latents.map { _ in [] }
    var spreads = places
    try program.sweep(rows, epoch: 0) { _, out in
      bound += (out[TrainingProgram.bound]?.values.first ?? .nan) / Double(rows.count)
      for (i, latent) in latents.enumerated() {
        places[i] += out[latent.location]?.values ?? []
        if let name = latent.spread { spreads[i] += out[name]?.values ?? [] }
      }
    }
    for (i, latent) in latents.enumerated() {
      let width = Swift.max(1, latent.dims.reduce(1, *))
      var entry = Entry(latent: latent, shares: [], deviations: [], spreads: spreads[i])
      for j in 0..<width {
        let own = stride(from: j, to: places[i].count, by: width).map { places[i][$0] }
        let n = Double(Swift.max(1, own.count))
        let mean = own.reduce(0, +) / n
        let between = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        let within =
          stride(from: j, to: spreads[i].count, by: width).reduce(0) {
            $0 + spreads[i][$1] * spreads[i][$1]
          } / n
        // A point has no variance of its own: what counts is whether it moves at all.
        entry.shares.append(
          spreads[i].isEmpty
            ? (between > 1e-8 ? 1 : 0) : between / Swift.max(between + within, 1e-300))
        entry.deviations.append((between + within).squareRoot())
      }
      entries.append(entry)
    }
  }

  var units: Int { entries.reduce(0) { $0 + $1.shares.count } }
  var active: Int { entries.reduce(0) { $0 + $1.shares.filter { $0 > Self.least }.count } }
}
