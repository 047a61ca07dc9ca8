import LVMCompute
import LVMModel

/// Some variables of each row, numbers standardised, categories one-hot.
struct ClusteringFeatures: RowSource {
  private struct Part: Sendable {
    var column: DataColumn
    /// Of a category: how many labels.
    var labels: Int?
    var isCount: Bool
    var mean: [Double]
    var sd: [Double]
    var width: Int { labels ?? column.width }
  }

  private var parts: [Part] = []
  let width: Int

  init(_ variables: [Variable], data: ModelData) {
    for v in variables {
      guard let column = data.columns.columns[v.name], column.plate == .rows else { continue }
      let w = column.width
      if case .category(let size, _) = v.type.kind, let k = size.constant, w == 1 {
        parts.append(Part(column: column, labels: k, isCount: false, mean: [], sd: []))
        continue
      }
      var part = Part(
        column: column, labels: nil, isCount: v.type.kind == .count, mean: [], sd: [])
      let isCount = part.isCount
      let moments = data.runtime.fold(column, CellMoments(width: w)) { moments, values in
        guard isCount else { return moments.add(values) }
        values.map { ($0 + 1).logarithm }.withUnsafeBufferPointer { moments.add($0) }
      }
      part.mean = moments.mean
      part.sd = (0..<w).map(moments.deviation)
      parts.append(part)
    }
    width = parts.reduce(0) { $0 + $1.width }
  }

  func copyRows(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) {
    var start = 0
    for part in parts {
      let w = part.column.width
      let raw = UnsafeMutableBufferPointer<Double>.allocate(capacity: Swift.max(1, rows.count * w))
      defer { raw.deallocate() }
      part.column.copyRows(rows, into: raw)
      for i in 0..<rows.count {
        let to = i * width + start
        if let k = part.labels {
          for c in 0..<k { buffer[to + c] = raw[i] == Double(c) ? 1 : 0 }
        } else {
          for j in 0..<w {
            let x = part.isCount ? (raw[i * w + j] + 1).logarithm : raw[i * w + j]
            buffer[to + j] = part.sd[j] > 0 ? (x - part.mean[j]) / part.sd[j] : 0
          }
        }
      }
      start += part.width
    }
  }

  var failure: (any Error)? { nil }
}

/// Starting weights of a finite latent of the rows: most of each row goes to the nearest seed.
struct StartingResponsibilities: RowSource {
  let features: ClusteringView
  /// [states × width]
  let seeds: [Double]
  let states: Int
  /// What all states have of each row together, the nearest among them.
  let shared: Double

  static let soft = 0.1
  static let sharp = 0.01

  func copyRows(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) {
    let width = features.width
    let points = UnsafeMutableBufferPointer<Double>.allocate(
      capacity: Swift.max(1, rows.count * width))
    defer { points.deallocate() }
    features.copyRows(rows, into: points)
    seeds.withUnsafeBufferPointer { seeds in
      for i in 0..<rows.count {
        let own = UnsafeBufferPointer(rebasing: points[(i * width)..<((i + 1) * width)])
        Self.weigh(
          nearest: Self.nearest(own, seeds), of: states, sharing: shared, buffer, at: i * states)
      }
    }
  }

  /// The seed nearest to a point; the first of equals.
  static func nearest(
    _ point: UnsafeBufferPointer<Double>, _ seeds: UnsafeBufferPointer<Double>
  ) -> Int {
    let width = point.count
    var best = Double.infinity
    var label = 0
    for c in 0..<(seeds.count / Swift.max(1, width)) {
      var d = 0.0
      for j in 0..<width {
        let r = point[j] - seeds[c * width + j]
        d += r * r
      }
      if d < best {
        best = d
        label = c
      }
    }
    return label
  }

  /// Never certain: every state keeps a share of every row.
  static func weigh(
    nearest label: Int, of states: Int, sharing shared: Double,
    _ buffer: UnsafeMutableBufferPointer<Double>, at start: Int
  ) {
    let rest = shared / Double(Swift.max(1, states))
    for c in 0..<states { buffer[start + c] = c == label ? rest + 1 - shared : rest }
  }
}
