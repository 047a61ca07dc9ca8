import LVMCompute
import LVMModel

/// Starting weights of finite latents: each instance is given mostly to the nearest of K seeds, chosen far
/// apart among the instances (k-means++, Arthur & Vassilvitskii 2007) and settled by a few rounds.
///
/// It looks at the observed variables, standardised, whatever the model does with them. Where there are given
/// numbers, starts take turns: the responses alone, responses and covariates together (neighbours in both are
/// likely kin), and what least squares on the covariates leaves of the responses (parallel lines).
struct Seeding {
  let structure: ModelStructure
  let data: ModelData
  /// Features of each row: standardised numbers, categories one-hot; [rows × width].
  private typealias Features = (values: [Double], width: Int)
  /// The views of the rows that starts take turns with.
  private let views: [Features]

  init(structure: ModelStructure, data: ModelData) {
    self.structure = structure
    self.data = data
    let observed = Self.standardised(structure.observed, data)
    let given = Self.standardised(
      structure.model.variables.filter { $0.role == .given && !$0.type.kind.isFinite }, data)
    views =
      given.width == 0 || observed.width == 0
      ? [observed]
      : [
        observed, Self.joined(observed, given, data.rows),
        Self.residuals(observed, given, data.rows),
      ]
  }

  private static func joined(_ a: Features, _ b: Features, _ rows: Int) -> Features {
    var values: [Double] = []
    for i in 0..<rows {
      values += a.values[(i * a.width)..<((i + 1) * a.width)]
      values += b.values[(i * b.width)..<((i + 1) * b.width)]
    }
    return (values, a.width + b.width)
  }

  /// What is left of standardised responses after least squares on standardised covariates, each to its
  /// own scale.
  private static func residuals(_ y: Features, _ x: Features, _ rows: Int) -> Features {
    var system = LeastSquares(count: x.width, joined: [Array(0..<x.width)])
    var result = y
    for j in 0..<y.width {
      system.clear()
      for i in 0..<rows {
        for a in 0..<x.width {
          let f = x.values[i * x.width + a]
          system.add(f * y.values[i * y.width + j], toSide: a)
          for b in 0..<x.width { system.add(f * x.values[i * x.width + b], at: a, b) }
        }
      }
      let beta = system.solution().values
      var square = 0.0
      for i in 0..<rows {
        var rest = y.values[i * y.width + j]
        for a in 0..<x.width { rest -= beta[a] * x.values[i * x.width + a] }
        result.values[i * y.width + j] = rest
        square += rest * rest
      }
      let sd = (square / Double(Swift.max(1, rows))).squareRoot()
      guard sd > 1e-9 else { continue }
      for i in 0..<rows { result.values[i * y.width + j] /= sd }
    }
    return result
  }

  private static func standardised(_ variables: [Variable], _ data: ModelData) -> Features {
    var columns: [[Double]] = []
    for v in variables {
      guard let column = data.columns.columns[v.name], column.plate == .rows else { continue }
      let n = data.rows
      let w = Swift.max(1, column.dims.reduce(1, *))
      if case .category(let size, _) = v.type.kind, let k = size.constant, w == 1 {
        for c in 0..<k { columns.append(column.values.map { $0 == Double(c) ? 1 : 0 }) }
        continue
      }
      for j in 0..<w {
        var values = (0..<n).map { column.values[$0 * w + j] }
        if v.type.kind == .count { values = values.map { ($0 + 1).logarithm } }
        let mean = values.reduce(0, +) / Double(Swift.max(1, n))
        let sd =
          (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(Swift.max(1, n)))
          .squareRoot()
        columns.append(values.map { sd > 0 ? ($0 - mean) / sd : 0 })
      }
    }
    let n = data.rows
    let w = columns.count
    var flat = [Double](repeating: 0, count: n * w)
    for (j, c) in columns.enumerated() { for i in 0..<n { flat[i * w + j] = c[i] } }
    return (flat, w)
  }

  /// Data columns with the starting weights of every finite latent.
  func columns(seed: UInt64, restart: Int) -> [String: DataColumn] {
    var result: [String: DataColumn] = [:]
    let (features, width) = views[restart % views.count]
    for v in structure.finite {
      guard let k = states(v) else { continue }
      let plate = structure.nesting.compute(v.plate)
      let points = plate == .rows ? features : groupMeans(plate, features, width)
      let count = width == 0 ? data.columns.layout.count(plate) : points.count / width
      for component in 0..<Swift.max(1, (v.type.dims ?? []).reduce(1, *)) {
        var random = RandomStream(
          seed: seed, purpose: "seeding", site: v.id.index, row: component, step: 0, sample: restart
        )
        let weights = weights(points, width, count, k, &random)
        result[Expectation.seedColumn(v, component)] = DataColumn(
          plate: plate, dims: [k], values: weights)
      }
    }
    return result
  }

  private func states(_ v: Variable) -> Int? {
    if case .category(let size, _) = v.type.kind { return size.constant }
    return v.type.kind == .binary ? 2 : nil
  }

  private func groupMeans(_ plate: PlateID, _ features: [Double], _ width: Int) -> [Double] {
    let layout = data.columns.layout
    let groups = layout.count(plate)
    let offsets = layout.offsets(of: plate, into: .rows)
    var result = [Double](repeating: 0, count: groups * width)
    for g in 0..<groups {
      let size = Double(Swift.max(1, offsets[g + 1] - offsets[g]))
      for i in offsets[g]..<offsets[g + 1] {
        for j in 0..<width { result[g * width + j] += features[i * width + j] / size }
      }
    }
    return result
  }

  private func weights(
    _ points: [Double], _ width: Int, _ n: Int, _ k: Int, _ random: inout RandomStream
  ) -> [Double] {
    var labels = [Int](repeating: 0, count: n)
    if width == 0 || n == 0 {
      labels = labels.map { _ in Int(random.next() % UInt64(k)) }
    } else {
      var centres = spread(points, width, n, k, &random)
      for _ in 0..<3 {
        assign(points, width, n, centres, &labels)
        centres = means(points, width, n, labels, centres)
      }
      assign(points, width, n, centres, &labels)
    }
    // Never certain: every state keeps a share of every row.
    let rest = 0.1 / Double(Swift.max(1, k))
    var result = [Double](repeating: rest, count: n * k)
    for i in 0..<n { result[i * k + labels[i]] += 0.9 }
    return result
  }

  /// Seeds far apart: each drawn with probability proportional to the squared distance to the nearest.
  private func spread(
    _ points: [Double], _ width: Int, _ n: Int, _ k: Int, _ random: inout RandomStream
  ) -> [[Double]] {
    func point(_ i: Int) -> [Double] { Array(points[(i * width)..<((i + 1) * width)]) }
    var centres = [point(Int(random.next() % UInt64(n)))]
    var nearest = [Double](repeating: .infinity, count: n)
    while centres.count < k {
      var total = 0.0
      for i in 0..<n {
        var d = 0.0
        for j in 0..<width {
          let r = points[i * width + j] - centres[centres.count - 1][j]
          d += r * r
        }
        nearest[i] = Swift.min(nearest[i], d)
        total += nearest[i]
      }
      var target = random.uniform() * total
      var choice = n - 1
      for i in 0..<n {
        target -= nearest[i]
        if target <= 0 {
          choice = i
          break
        }
      }
      centres.append(point(total > 0 ? choice : Int(random.next() % UInt64(n))))
    }
    return centres
  }

  private func assign(
    _ points: [Double], _ width: Int, _ n: Int, _ centres: [[Double]], _ labels: inout [Int]
  ) {
    for i in 0..<n {
      var best = Double.infinity
      for (c, centre) in centres.enumerated() {
        var d = 0.0
        for j in 0..<width {
          let r = points[i * width + j] - centre[j]
          d += r * r
        }
        if d < best {
          best = d
          labels[i] = c
        }
      }
    }
  }

  private func means(
    _ points: [Double], _ width: Int, _ n: Int, _ labels: [Int], _ old: [[Double]]
  ) -> [[Double]] {
    var sums = old.map { $0.map { _ in 0.0 } }
    var counts = [Double](repeating: 0, count: old.count)
    for i in 0..<n {
      counts[labels[i]] += 1
      for j in 0..<width { sums[labels[i]][j] += points[i * width + j] }
    }
    return old.indices.map { c in
      counts[c] > 0 ? sums[c].map { $0 / counts[c] } : old[c]
    }
  }
}
