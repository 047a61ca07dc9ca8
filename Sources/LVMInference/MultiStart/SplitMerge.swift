import LVMCompute
import LVMModel

/// Moves that take one state of a label away and split another, from where a fit ended.
///
/// No ascent carries a state from where two share one component to where one has two: the way leads
/// through worse fits. Such a move makes the jump at once (Ueda et al. 2000): states that mostly share
/// their rows are joined, the rows of a third are parted, and the fit goes on from there. What a move is
/// worth is left to whoever fits.
struct SplitMerge {
  private let plan: InferencePlan
  private let structure: ModelStructure
  private let data: ModelData
  private let seeding: KMeansPlusPlus
  private let lowering: LatentLowering
  /// Each label, or entry of a vector of labels, that has states to move among.
  private let labels: [(variable: Variable, component: Int)]

  /// Most moves at a time.
  private static let most = 8
  /// Rounds of moves in all, and those without gain that end them; on large tables, and on small ones.
  static let mostRounds = (few: 3, many: 12)
  static let mostVain = (few: 1, many: 3)
  /// The same where every other round breaks pieces off.
  static let mostPieces = (rounds: 24, vain: 8)

  /// Nil where no label has three states to move among.
  init?(_ plan: InferencePlan, data: ModelData, seeding: KMeansPlusPlus, runtime: Runtime) throws {
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    labels = structure.finite.flatMap { v -> [(variable: Variable, component: Int)] in
      guard case .category(let size, _) = v.type.kind, !plan.opened.contains(v.id),
        let k = size.constant, k >= 3
      else { return [] }
      return (0..<Swift.max(1, (v.type.dims ?? []).reduce(1, *))).map { (v, $0) }
    }
    guard !labels.isEmpty, data.rows <= StartBudget.cheapRows else { return nil }
    self.structure = structure
    self.data = data
    self.seeding = seeding
    lowering = try LatentLowering(plan, data: data, runtime: runtime)
    self.plan = plan
  }

  /// Starting weights of every label, a set for each move; `round` tells repeated calls apart, and where
  /// `tried` rounds at this point gained nothing, further moves are had. Every other of those breaks off
  /// `pieces` where it is told to, instead of halves.
  func moves(
    at parameters: [String: Tensor], seed: UInt64, round: Int, tried: Int, pieces: Bool = false
  ) throws -> [[String: DataColumn]] {
    let isPiece = pieces && tried % 2 == 1
    let tried = pieces ? tried / 2 : tried
    var columns: [String: DataColumn] = [:]
    var posteriors: [String: [Double]] = [:]
    let found = Dictionary(
      uniqueKeysWithValues: try lowering.query(parameters).whole().latents(in: plan).map {
        ($0.variable, $0)
      })
    for v in structure.finite {
      for component in 0..<Swift.max(1, (v.type.dims ?? []).reduce(1, *)) {
        let name = v.type.isScalar ? v.name : "\(v.name)\(component + 1)"
        guard let posterior = found[name],
          case .probabilities(let p, let k) = posterior.content, p.allSatisfy(\.isFinite)
        else { return [] }
        let place = ModelColumn.seed(v, component)
        posteriors[place] = p
        columns[place] = DataColumn(
          plate: structure.nesting.compute(v.plate), dims: [k], values: Self.softened(p, k))
      }
    }
    var result: [[String: DataColumn]] = []
    let share = Swift.max(1, Self.most / labels.count)
    for (v, component) in labels {
      let place = ModelColumn.seed(v, component)
      guard let p = posteriors[place], let column = columns[place] else { continue }
      let k = column.width
      let cells = self.cells(beside: place, on: column.plate, posteriors, columns)
      let all = Self.candidates(p, k, rejoining: isPiece)
      // Where there are no more moves, those that were tried part their states anew.
      let isAgain = tried * share >= all.count
      let fresh = isAgain ? all.prefix(share) : all.dropFirst(tried * share).prefix(share)
      for (i, move) in fresh.enumerated() {
        var random = RandomStream(
          seed: seed, purpose: "regrouping", site: v.id.index, row: component * Self.most + i,
          step: 0, sample: round)
        guard
          let moved = apply(
            move, p, k, on: column.plate, cells: cells, turn: i + round,
            isPiece ? .piece : .halves(isFar: !isAgain), &random)
        else { continue }
        var own = columns
        own[place] = DataColumn(
          plate: column.plate, dims: [k],
          values: Self.softened(moved, k, cells == nil ? Self.soft : StartingResponsibilities.sharp)
        )
        result.append(own)
      }
    }
    return result
  }

  /// What the other labels of the same instances most probably are, as one number; nil where there are none.
  private func cells(
    beside place: String, on plate: PlateID, _ posteriors: [String: [Double]],
    _ columns: [String: DataColumn]
  ) -> [Int]? {
    var result: [Int]?
    for (other, p) in posteriors.sorted(by: { $0.key < $1.key }) where other != place {
      guard let column = columns[other], column.plate == plate else { continue }
      let k = column.width
      var cells = result ?? [Int](repeating: 0, count: p.count / k)
      guard (cells.max() ?? 0) < 1000 else { break }
      for i in cells.indices {
        let top = (0..<k).max { p[i * k + $0] < p[i * k + $1] } ?? 0
        cells[i] = cells[i] * k + top
      }
      result = cells
    }
    return result
  }

  private struct Move {
    /// The state that goes, the one that takes its rows, and the one that is split.
    var gone: Int
    var heir: Int
    var split: Int
  }

  /// Pairs of states that share most, and the heaviest of the others; or of the pair as one, where it may be
  /// parted again in another way.
  private static func candidates(_ p: [Double], _ k: Int, rejoining: Bool) -> [Move] {
    var weight = [Double](repeating: 0, count: k)
    var shared = [Double](repeating: 0, count: k * k)
    for start in stride(from: 0, to: p.count, by: k) {
      for a in 0..<k {
        weight[a] += p[start + a]
        for b in 0...a { shared[a * k + b] += p[start + a] * p[start + b] }
      }
    }
    var pairs: [(gone: Int, heir: Int, overlap: Double)] = []
    for a in 1..<k {
      for b in 0..<a {
        let size = (shared[a * k + a] * shared[b * k + b]).squareRoot()
        let (light, heavy) = weight[a] < weight[b] ? (a, b) : (b, a)
        pairs.append((light, heavy, shared[a * k + b] / Swift.max(size, 1e-300)))
      }
    }
    pairs.sort { $0.overlap > $1.overlap }
    // The least used state may be of no use whatever it overlaps with.
    let least = (0..<k).min { weight[$0] < weight[$1] } ?? 0
    if let own = pairs.first(where: { $0.gone == least }) {
      pairs.insert(own, at: Swift.min(1, pairs.count))
    }
    var ranked: [(rank: Int, move: Move)] = []
    var seen: Set<[Int]> = []
    for (i, pair) in pairs.enumerated() {
      let others = (0..<k).filter { $0 != pair.gone && (rejoining || $0 != pair.heir) }
        .sorted { weight[$0] > weight[$1] }
      for (j, b) in others.enumerated() where seen.insert([pair.gone, pair.heir, b]).inserted {
        ranked.append((i + j, Move(gone: pair.gone, heir: pair.heir, split: b)))
      }
    }
    return ranked.enumerated().sorted { ($0.1.rank, $0.0) < ($1.1.rank, $1.0) }.map(\.1.move)
  }

  private func apply(
    _ move: Move, _ p: [Double], _ k: Int, on plate: PlateID, cells: [Int]?, turn: Int,
    _ parting: KMeansPlusPlus.Parting, _ random: inout RandomStream
  ) -> [Double]? {
    var result = p
    var members: [Int] = []
    for i in 0..<(p.count / k) {
      result[i * k + move.heir] += p[i * k + move.gone]
      result[i * k + move.gone] = 0
      if result[i * k + move.split] > 0.5 { members.append(i) }
    }
    guard members.count >= 4 else { return nil }
    for i in seeding.part(
      of: members, on: plate, cells: cells, turn: turn, parting, &random)
    {
      result[i * k + move.gone] = result[i * k + move.split]
      result[i * k + move.split] = 0
    }
    return result
  }

  private static let soft = 0.05

  /// Never certain: every state keeps a share of every instance.
  private static func softened(_ p: [Double], _ k: Int, _ shared: Double = soft) -> [Double] {
    p.map { (1 - shared) * $0 + shared / Double(k) }
  }
}
