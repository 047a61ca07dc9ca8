import LVMCompute
import LVMModel

/// Climbs a likelihood whose rows are compressed: one start from the spectrum of the scatter to the end,
/// then others from random points as far as they might still overtake it.
///
/// Without labels the marginal of linear-Gaussian latents seldom has more than one maximum besides
/// rotations of it; it can have several where uniquenesses go to zero, so some random starts are tried.
struct CompressedAscent: Estimator {
  static let name = MethodName.gradient

  /// The climb over all rows, for tables too small to gain.
  let ascent: MarginalAscent
  var reason: String { ascent.reason }
  var steps: [EstimationStep] { ascent.steps }
  var objective: ObjectiveName { ascent.objective }
  var entries: [Plan.Entry] { ascent.entries }
  var compressesRows: Bool { true }

  static func offer(_ inquiry: Inquiry) throws(Refusal) -> CompressedAscent {
    let ascent = try MarginalAscent.offer(inquiry)
    if let why = inquiry.whyRowsStay { throw Refusal(why) }
    return CompressedAscent(ascent: ascent)
  }

  private static let starts = 4
  private static let trial = 20

  func run(_ task: FitTask) throws -> Estimate {
    guard task.data.isWeighted else { return try ascent.run(task) }
    let (plan, data, options) = (task.plan, task.data, task.options)
    let structure = task.structure
    let ascent = try MarginalMaximisation(plan, data: data, runtime: options.runtime)
    let starts = StartingValues(structure: structure, data: data)
    let scales = starts.scales()
    let count = Swift.max(1, options.restarts ?? Self.starts)
    typealias Run = (
      parameters: [String: Tensor], outcome: LBFGS.Outcome, trace: [Double]
    )
    func climb(_ start: [String: Tensor], _ limit: Int, _ stage: String) throws -> Run {
      var search = LBFGS()
      search.maximumIterations = limit
      var trace: [Double] = []
      let found = try ascent.climb(from: start, search: search, scales: scales) { i, f in
        trace.append(f)
        try task.reporter.report(stage, i, of: limit, objective: f)
        return true
      }
      task.reporter.done += trace.count
      return (found.parameters, found.outcome, trace)
    }
    var best: Run?
    for restart in 0..<count {
      var start = starts.values(seed: options.seed, restart: restart)
      if restart == 0 { SpectralStart(structure: structure, data: data).improve(&start) }
      guard let leader = best else {
        let run = try climb(start, options.maximumIterations, "fitting")
        if run.outcome.value.isFinite { best = run }
        continue
      }
      var run = try climb(start, Self.trial, "start \(restart + 1) of \(count)")
      guard run.outcome.value.isFinite else { continue }
      var total = run.trace
      // On as long as what it gained in its later half, once more, would bring it past the leader by
      // more than rounding.
      let margin = 1e-9 * (Swift.abs(leader.outcome.value) + 1)
      while !run.outcome.converged, !total.isEmpty, total.count < options.maximumIterations {
        let gained = run.outcome.value - total[total.count / 2]
        guard run.outcome.value + gained > leader.outcome.value + margin else { break }
        run = try climb(run.parameters, Self.trial, "start \(restart + 1) of \(count)")
        guard run.outcome.iterations > 0 else { break }
        total += run.trace
      }
      if run.outcome.value > leader.outcome.value + margin {
        if !run.outcome.converged {
          run = try climb(run.parameters, options.maximumIterations, "fitting")
          total += run.trace
        }
        best = (run.parameters, run.outcome, total)
      }
    }
    guard let best else {
      throw FitError.noStart("the likelihood is not finite at any of \(count) starting points")
    }
    return Estimate(
      parameters: best.parameters, objective: best.outcome.value,
      iterations: Swift.max(1, best.trace.count), converged: best.outcome.converged,
      restarts: count, trace: best.trace.isEmpty ? [best.outcome.value] : best.trace,
      warnings: [])
  }
}
