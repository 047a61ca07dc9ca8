import LVMCompute
import LVMModel

/// One run of EM from one start: where it is, and how it came there.
struct ExpectationRun: EstimationRun {
  var parameters: [String: Tensor]
  var objective = -Double.infinity
  var value: Double { objective }
  /// The objective at each point that was kept; it never falls.
  var trace: [Double] = []
  var converged = false
  /// Parameters that the floor under spreads holds up.
  var floored: Set<String> = []
  /// Whether going on is pointless although it has not converged.
  var isExhausted = false
  /// E-steps so far, those of refused proposals among them.
  var evaluations = 0
  /// The plain EM step to fall back on where `parameters` is a proposal.
  private var fallback: (parameters: [String: Tensor], floored: Set<String>)?
  private var accelerator: AndersonAcceleration?
  private var small = 0

  /// Points kept when quasi-Newton steps are due next where progress is slow.
  private var nextClimb: Int?
  /// Points kept before the first of them, where passes over the data are cheap and where they are
  /// dear.
  private static let firstClimb = (cheap: 20, dear: 60)
  /// Points kept between them.
  private static let rest = (cheap: 40, dear: 100)

  init(parameters: [String: Tensor]) { self.parameters = parameters }

  /// Points after which a run is given up where it seems to stay below a rival.
  static let judgedFrom = 15
  /// Nats a row by which a run must lie below a rival to be given up before.
  private static let plain = 0.25

  /// Plain steps before the first proposal.
  private static let plainSteps = 4

  /// EM iterations until `limit` points are kept or nothing moves; false if it leaves the finite numbers.
  ///
  /// - Throws: `FitError` where the objective falls by more than rounding, or `report` says stop.
  mutating func advance(
    _ em: ExpectationMaximization, limit: Int, rival: Double? = nil,
    judgedFrom first: Int = Self.judgedFrom, climb: HybridMaximisation? = nil,
    climbing steps: Int = HybridMaximisation.long,
    _ report: (Int, Double) throws -> Void
  ) throws -> Bool {
    var before: [String: Tensor]?
    while trace.count < limit, !isExhausted {
      let (value, statistics) = try em.expect(parameters)
      evaluations += 1
      if let plain = fallback {
        fallback = nil
        guard value.isFinite, value >= objective else {
          accelerator?.refused()
          parameters = plain.parameters
          floored = plain.floored
          continue
        }
        accelerator?.accepted()
      }
      guard value.isFinite else { return false }
      if let last = trace.last, value < last - Self.slack * (Swift.abs(last) + Double(em.rows)) {
        try fall(to: value, from: last, em, before)
        return true
      }
      if endsHere(value, em, rival: rival, judgedFrom: first) { return true }
      try report(trace.count, value)
      var next = try em.maximise(statistics, at: parameters)
      let raised = em.floor.apply(to: &next)
      guard next.isFinite else { return false }
      before = parameters
      // Without latents and with closed forms alone, one pass over the data is the answer.
      if !em.hasLatents, next == parameters {
        floored = raised
        converged = true
        return true
      }
      // Slow progress: quasi-Newton steps on the same log likelihood from here.
      if let climb, raised.isEmpty, isDue(em) {
        // A few steps sort runs out; those that are left take more at once.
        let rest = Self.isDear(em) ? Self.rest.dear : Self.rest.cheap
        nextClimb = steps < HybridMaximisation.long ? limit : trace.count + rest
        if let climbed = try climb.better(
          than: parameters, toward: next, objective: value, steps: steps)
        {
          parameters = climbed
          floored = []
          accelerator = nil
          continue
        }
      }
      propose(em, next, raised)
    }
    return true
  }

  /// Fall of the objective, relative to its size and the number of rows, that is rounding.
  private static let slack = 1e-10

  /// Keeps a point with its objective; true if the run has converged there or is given up.
  private mutating func endsHere(
    _ value: Double, _ em: ExpectationMaximization, rival: Double?, judgedFrom first: Int
  ) -> Bool {
    let last = trace.last
    trace.append(value)
    objective = value
    guard let last else { return false }
    let gained = value - last
    if let rival, trace.count >= first, isHopeless(gained, rival, rows: em.rows) {
      isExhausted = true
      return true
    }
    small = gained <= em.tolerance * (Swift.abs(value) + 1) ? small + 1 : 0
    if small >= (Self.isDear(em) ? 3 : 2) {
      converged = true
      return true
    }
    return false
  }

  /// Ends a run whose objective has fallen, at the point before, if rounding explains it.
  ///
  /// - Throws: `FitError.decreased` if it does not.
  private mutating func fall(
    to value: Double, from last: Double, _ em: ExpectationMaximization,
    _ before: [String: Tensor]?
  ) throws {
    // At the floor spreads are so small that rounding alone moves the sums by more: the run ends
    // where it was, not converged.
    if !floored.isEmpty, value >= last - 1e-6 * (Swift.abs(last) + Double(em.rows)) {
      parameters = before ?? parameters
      isExhausted = true
      return
    }
    // Means far from zero round more than their residuals are long: a solution that moves by no
    // more than that is the solution. A fall that rounding does not explain ends the run too, as
    // what it is.
    if em.isLinear, let before {
      let isRounding = try last - value <= 4 * em.rounding(at: before) + em.offsetRounding
      if isRounding || value >= last - 1e-8 * (Swift.abs(last) + Double(em.rows)) {
        parameters = before
        fallback = nil
        converged = isRounding
        isExhausted = !converged
        return
      }
    }
    throw FitError.decreased(iteration: trace.count, from: last, to: value)
  }

  private static func isDear(_ em: ExpectationMaximization) -> Bool {
    em.rows > StartBudget.cheapRows
  }

  private func isDue(_ em: ExpectationMaximization) -> Bool {
    let first = Self.isDear(em) ? Self.firstClimb.dear : Self.firstClimb.cheap
    return trace.count >= nextClimb ?? first
  }

  /// Moves on to an accelerated point where there is one, else to the plain EM step.
  private mutating func propose(
    _ em: ExpectationMaximization, _ next: [String: Tensor], _ raised: Set<String>
  ) {
    defer {
      if fallback == nil {
        parameters = next
        floored = raised
      }
    }
    guard em.hasLatents, raised.isEmpty, trace.count > Self.plainSteps else {
      accelerator = nil
      return
    }
    let space = em.space
    var now = accelerator ?? AndersonAcceleration(blocks: space.blocks.map(\.count))
    let proposal = now.proposal(space.point(of: parameters), space.point(of: next))
    accelerator = now
    guard let proposal, var tried = try? space.values(at: proposal, over: next),
      tried.values.allSatisfy({ $0.values.allSatisfy(\.isFinite) }),
      em.floor.apply(to: &tried).isEmpty
    else { return }
    fallback = (next, raised)
    parameters = tried
    floored = []
  }

  /// Whether the run's geometric extrapolation stays well below a rival: EM gains shrink by a nearly
  /// constant ratio, so what is left to gain is about the last gain times ratio / (1 − ratio). Early
  /// ratios say less, where components overlap nothing: they must leave a gap that each row tells.
  private func isHopeless(_ gained: Double, _ rival: Double, rows: Int) -> Bool {
    guard let last = trace.last, last < rival else { return false }
    if trace.count < Self.judgedFrom, rival - last < Self.plain * Double(rows) { return false }
    let previous = trace[trace.count - 2] - trace[trace.count - 3]
    guard previous > 0 else { return false }
    let ratio = Swift.min(gained / previous, 0.98)
    let margin = trace.count < Self.judgedFrom ? 40.0 : 10
    return last + margin * gained * ratio / (1 - ratio) < rival
  }

  /// Ends on a point that is known: a proposal still untried when the iterations ran out is dropped.
  mutating func settle() {
    guard let plain = fallback else { return }
    parameters = plain.parameters
    floored = plain.floored
    fallback = nil
  }
}
