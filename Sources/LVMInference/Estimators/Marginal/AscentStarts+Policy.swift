/// How many ascents are tried, and how they are told from one another.
extension AscentStarts {
  /// Starts where nothing is latent, where only nodes are, and else.
  private static let usual = (plain: 1, nodes: 4, labels: 16)
  /// Starts tried on a part of a table for each on the whole of it, and the most.
  private static let trialsPerStart = 10
  private static let mostTrials = 16
  /// Iterations of a first ascent, and rounds of EM from each start, and from each of the better
  /// half.
  static let short = 20
  static let firstRounds = 8
  private static let laterRounds = 24
  /// Passes over the data that a start takes, on the whole.
  private static let passesPerStart = 200
  /// More runs than this are led by EM.
  private static let leadsFrom = 4
  /// Most runs that are settled further at a time, and most that go on from there to the end.
  private static let mostLeading = 16
  private static let mostClimbs = 6
  /// Starts that a table must afford for moves of states to be cheap.
  private static let cheapFrom = 16
  /// Runs of those left behind that are tried where the best have collapsed.
  static let mostSpares = 4

  static func policy(
    _ plan: InferencePlan, _ task: FitTask, _ weighted: GeneralisedEM?, isPart: Bool,
    isCarried: Bool
  ) -> StartPolicy {
    let structure = task.structure
    // Without labels there is seldom a second maximum.
    let few = !plan.quadrature.isEmpty && structure.finite.isEmpty
    let isPlain = structure.latents.isEmpty && !structure.hasMixtures
    let asked = task.restarts(isPlain ? usual.plain : few ? usual.nodes : usual.labels)
    let count = isPart && !isPlain ? Swift.min(mostTrials, asked * trialsPerStart) : asked
    var policy = StartPolicy(
      count: count, most: count, short: short, place: .init(same: 2e-5, looksAtFloors: false))
    policy.mostFinished = 1
    policy.halving = .init(
      enough: isPart ? 2 : 0, sparesOthers: true, toTheEndFrom: isPart ? 0 : 2)
    guard let weighted, !isCarried else { return policy }
    let affordable = StartBudget(work: weighted.work).starts(passes: passesPerStart)
    policy.leadsFrom = leadsFrom
    policy.leading = [
      .init(most: mostLeading, sparesOthers: true, stretch: .more(laterRounds))
    ]
    policy.last = [.init(fewest: .max, most: mostClimbs, stretch: .end(.none))]
    if task.options.restarts == nil, task.options.initial == nil, !isPart {
      // Starts that disagree ask for more, where those are cheap.
      policy.most = Swift.max(count, affordable)
    }
    if count > 1 {
      let isCheap = affordable > cheapFrom
      policy.moves = .init(
        rounds: isCheap ? SplitMerge.mostRounds.many : SplitMerge.mostRounds.few,
        mostVain: isCheap ? SplitMerge.mostVain.many : SplitMerge.mostVain.few)
    }
    return policy
  }
}
