import LVMCompute
import LVMModel

/// Starting weights of finite latents: each instance is given mostly to the nearest of K seeds, chosen far
/// apart among the instances (k-means++, Arthur & Vassilvitskii 2007) and settled by a few rounds.
///
/// It looks at the observed variables, standardised, whatever the model does with them. Where there are given
/// numbers, starts take turns: the responses alone, responses and covariates together (neighbours in both are
/// likely kin), and what least squares on the covariates leaves of the responses (parallel lines). In a large
/// table the seeds are found among some of the rows, one from each of many equal stretches.
struct KMeansPlusPlus {
  let structure: ModelStructure
  let data: ModelData
  /// The views of the rows that starts take turns with.
  private let views: [ClusteringView]
  /// Per view the features of the rows among which seeds are sought, [rows × width].
  private let samples: [[Double]]

  /// Numbers of features among which seeds are sought, and the fewest rows.
  private static let sampleNumbers = 1_000_000
  private static let leastRows = 4096

  init(structure: ModelStructure, data: ModelData) {
    self.structure = structure
    self.data = data
    let onRows = structure.finite.contains { structure.nesting.compute($0.plate) == .rows }
    let views = ClusteringView.all(structure, data)
    self.views = views
    samples = views.map { onRows ? Self.sample($0, rows: data.rows) : [] }
  }

  private static func sample(_ features: ClusteringView, rows n: Int) -> [Double] {
    let w = features.width
    guard w > 0, n > 0 else { return [] }
    let wanted = Swift.min(n, Swift.max(leastRows, sampleNumbers / w))
    return [Double](unsafeUninitializedCapacity: wanted * w) { buffer, filled in
      if wanted == n {
        features.copyRows(0..<n, into: buffer)
      } else {
        for s in 0..<wanted {
          let (first, end) = (s * n / wanted, (s + 1) * n / wanted)
          var random = RandomStream(seed: 0, purpose: "seeding sample", site: 0, row: s)
          let row = first + Int(random.next() % UInt64(end - first))
          features.copyRows(
            row..<(row + 1),
            into: UnsafeMutableBufferPointer(rebasing: buffer[(s * w)..<((s + 1) * w)]))
        }
      }
      filled = wanted * w
    }
  }

  /// Data columns with the starting weights of every finite latent.
  func columns(seed: UInt64, restart: Int) -> [String: DataColumn] {
    var result: [String: DataColumn] = [:]
    let features = views[restart % views.count]
    let sample = samples[restart % views.count]
    let width = features.width
    // In every other start a label looks at what those before it leave: effects that add up are told apart.
    let looksAtRest = (restart / views.count) % 2 == 1
    // Effects that add up are told apart by what is left, which weights that are shared out would blur.
    let shared = looksAtRest ? StartingResponsibilities.sharp : StartingResponsibilities.soft
    var rest: [PlateID: [Double]] = [:]
    for v in structure.finite {
      guard let k = states(v) else { continue }
      let plate = structure.nesting.compute(v.plate)
      let all = plate == .rows ? sample : groupMeans(plate, features)
      let isWhole = plate != .rows || all.count == data.rows * width
      let instances = data.columns.layout.count(plate)
      for component in 0..<Swift.max(1, (v.type.dims ?? []).reduce(1, *)) {
        var random = RandomStream(
          seed: seed, purpose: "seeding", site: v.id.index, row: component, step: 0, sample: restart
        )
        let column: DataColumn
        let points = rest[plate] ?? all
        if width == 0 || points.isEmpty {
          let labels = (0..<instances).map { _ in Int(random.next() % UInt64(k)) }
          column = DataColumn(plate: plate, dims: [k], values: Self.weights(labels, k, shared))
        } else {
          // Distances lead seeds to rows far out; starts in between take rows as they come.
          let isFar = (restart / views.count) % 3 != 2
          let seeds = settled(points, width, k, isFar: isFar, &random)
          let isRest = rest[plate] != nil
          if looksAtRest, isWhole {
            let own = assigned(points, width, seeds)
            rest[plate] = points.indices.map { i in
              points[i] - seeds[own[i / width] * width + i % width]
            }
          }
          if !isWhole, !isRest {
            column = DataColumn(
              plate: plate, dims: [k],
              source: StartingResponsibilities(
                features: features, seeds: seeds, states: k, shared: shared),
              instances: instances)
          } else {
            column = DataColumn(
              plate: plate, dims: [k],
              values: Self.weights(assigned(points, width, seeds), k, shared))
          }
        }
        result[ModelColumn.seed(v, component)] = column
      }
    }
    return result
  }

  /// How the instances of a state are parted.
  enum Parting {
    /// By the nearer of two seeds, which lie far apart or anywhere.
    case halves(isFar: Bool)
    /// A few about one of them, and the rest: what a mean of half of them would not show.
    case piece
  }

  /// One of the two parts of some instances.
  ///
  /// `cells`: per instance, what other labels say; what is common to those of a cell is looked away from, so
  /// that the parts differ in what those labels leave.
  func part(
    of members: [Int], on plate: PlateID, cells: [Int]?, turn: Int, _ parting: Parting,
    _ random: inout RandomStream
  ) -> [Int] {
    let features = views[turn % views.count]
    let width = features.width
    var points: [Double]
    if width == 0 {
      points = []
    } else if plate == .rows {
      points = DataColumn(dims: [width], source: features, instances: data.rows).values
    } else {
      points = groupMeans(plate, features)
    }
    guard !points.isEmpty else { return members.filter { _ in random.uniform() < 0.5 } }
    points = members.flatMap { points[($0 * width)..<(($0 + 1) * width)] }
    if let cells {
      let own = members.map { cells[$0] }
      let count = (own.max() ?? 0) + 1
      let centres = means(
        points, width, own, [Double](repeating: 0, count: count * width))
      for i in points.indices { points[i] -= centres[own[i / width] * width + i % width] }
    }
    switch parting {
    case .halves(let isFar):
      let sides = assigned(points, width, settled(points, width, 2, isFar: isFar, &random))
      return zip(members, sides).filter { $1 == 1 }.map(\.0)
    case .piece:
      return nearest(to: Int(random.next() % UInt64(members.count)), points, width, &random)
        .map { members[$0] }
    }
  }

  /// The points nearest to one of them, in units of their spread; a tenth to four tenths of all.
  private func nearest(
    to centre: Int, _ points: [Double], _ width: Int, _ random: inout RandomStream
  ) -> [Int] {
    let n = points.count / width
    var mean = [Double](repeating: 0, count: width)
    var square = mean
    for i in points.indices { mean[i % width] += points[i] / Double(n) }
    for i in points.indices {
      square[i % width] += (points[i] - mean[i % width]) * (points[i] - mean[i % width])
    }
    let distances = (0..<n).map { i in
      (0..<width).reduce(0.0) { sum, j in
        let r = points[i * width + j] - points[centre * width + j]
        return square[j] > 0 ? sum + r * r / square[j] : sum
      }
    }
    let wanted = Int((Double(n) * (0.1 + 0.3 * random.uniform())).rounded(.up))
    return (0..<n).sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(wanted).map(\.self)
  }

  private static func weights(_ labels: [Int], _ k: Int, _ shared: Double) -> [Double] {
    [Double](unsafeUninitializedCapacity: labels.count * k) { buffer, filled in
      for (i, label) in labels.enumerated() {
        StartingResponsibilities.weigh(nearest: label, of: k, sharing: shared, buffer, at: i * k)
      }
      filled = labels.count * k
    }
  }

  private func states(_ v: Variable) -> Int? {
    if case .category(let size, _) = v.type.kind { return size.constant }
    return v.type.kind == .binary ? 2 : nil
  }

  private func groupMeans(_ plate: PlateID, _ features: ClusteringView) -> [Double] {
    let width = features.width
    let layout = data.columns.layout
    let groups = layout.count(plate)
    let offsets = layout.offsets(of: plate, into: .rows)
    var result = [Double](repeating: 0, count: groups * width)
    guard width > 0 else { return result }
    var row = 0
    var g = 0
    DataColumn(dims: [width], source: features, instances: data.rows).eachBlock { values in
      for start in stride(from: 0, to: values.count, by: width) {
        while offsets[g + 1] <= row { g += 1 }
        let size = Double(Swift.max(1, offsets[g + 1] - offsets[g]))
        for j in 0..<width { result[g * width + j] += values[start + j] / size }
        row += 1
      }
    }
    return result
  }

  /// Seeds far apart, moved to the means of what is nearest to them a few times; [k × width].
  private func settled(
    _ points: [Double], _ width: Int, _ k: Int, isFar: Bool = true, _ random: inout RandomStream
  ) -> [Double] {
    var seeds = spread(points, width, k, isFar: isFar, &random)
    for _ in 0..<3 { seeds = means(points, width, assigned(points, width, seeds), seeds) }
    return seeds
  }

  /// Seeds far apart: each drawn with probability proportional to the squared distance to the nearest;
  /// if not far, with equal ones.
  private func spread(
    _ points: [Double], _ width: Int, _ k: Int, isFar: Bool, _ random: inout RandomStream
  ) -> [Double] {
    let n = points.count / width
    func point(_ i: Int) -> ArraySlice<Double> { points[(i * width)..<((i + 1) * width)] }
    var seeds = Array(point(Int(random.next() % UInt64(n))))
    var nearest = [Double](repeating: .infinity, count: n)
    while seeds.count < k * width {
      guard isFar else {
        seeds += point(Int(random.next() % UInt64(n)))
        continue
      }
      var total = 0.0
      let last = Array(seeds.suffix(width))
      points.withUnsafeBufferPointer { points in
        for i in 0..<n {
          var d = 0.0
          for j in 0..<width {
            let r = points[i * width + j] - last[j]
            d += r * r
          }
          nearest[i] = Swift.min(nearest[i], d)
          total += nearest[i]
        }
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
      seeds += point(total > 0 ? choice : Int(random.next() % UInt64(n)))
    }
    return seeds
  }

  private func assigned(_ points: [Double], _ width: Int, _ seeds: [Double]) -> [Int] {
    return points.withUnsafeBufferPointer { points in
      seeds.withUnsafeBufferPointer { seeds in
        (0..<(points.count / width)).map { i in
          StartingResponsibilities.nearest(
            UnsafeBufferPointer(rebasing: points[(i * width)..<((i + 1) * width)]), seeds)
        }
      }
    }
  }

  private func means(
    _ points: [Double], _ width: Int, _ labels: [Int], _ old: [Double]
  ) -> [Double] {
    // Sums of what is nearest to each seed, then how many there are.
    let sums = data.runtime.fold(
      rows: labels.count, width: width, Sums(count: old.count + old.count / width)
    ) { sums, rows in
      for i in rows {
        sums.numbers[old.count + labels[i]] += 1
        for j in 0..<width { sums.numbers[labels[i] * width + j] += points[i * width + j] }
      }
    }.numbers
    return old.indices.map { i in
      let n = sums[old.count + i / width]
      return n > 0 ? sums[i] / n : old[i]
    }
  }
}
