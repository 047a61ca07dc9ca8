import LVMModel

/// Fits common factors by Newton's method in the logarithms of the noise variances, from several starts.
///
/// The first start is 1 − L/2D of what each entry has beside all the others (Jöreskog 1967); others are
/// random shares of the variances. Without rotations and means two runs that go to the same maximum are
/// seen to do so, and one is given up. Variances stay above a small share of the data's own, where a
/// Heywood case ends.
struct UniquenessAscent: Estimator {
  static let name = MethodName.gradient

  let factors: CommonFactors
  let reason: String
  let entries: [PlanEntry]
  var compressesRows: Bool { true }

  static func offer(_ inquiry: Inquiry) throws(Refusal) -> UniquenessAscent {
    guard let form = CommonFactors(inquiry.structure) else {
      throw Refusal(
        "what is observed is not a sum of free linear maps of the same white latents, a free mean and free noise"
      )
    }
    guard form.entries.count <= CommonFactors.limit else {
      throw Refusal("eigenvectors of \(form.entries.count) columns cost more than many steps")
    }
    guard inquiry.facts.masked.isEmpty else { throw Refusal("cells are missing") }
    let ascent = try CompressedAscent.offer(inquiry)
    let model = inquiry.model
    let scales = form.scales.map { "`\(model[$0].name)`" }.joined(separator: " and ")
    var reasons: [String: String] = [:]
    for block in form.blocks {
      for id in block.maps + [block.mean].compactMap({ $0 }) {
        reasons[model[id].name] = "known from the eigenvectors of the scatter, given \(scales)"
      }
      reasons[model[block.scale].name] =
        "Newton's method on the exact likelihood, all else at its maximum"
    }
    return UniquenessAscent(
      factors: form,
      reason:
        "given \(scales), the eigenvectors of the scatter give all else: Newton's method climbs the exact "
        + "likelihood in \(form.scales.count == 1 ? "it" : "them") alone",
      entries: ascent.entries.map { entry in
        var entry = entry
        entry.reason = reasons[entry.variable] ?? entry.reason
        return entry
      })
  }

  var steps: [EstimationStep] {
    [
      EstimationStep(
        "uniquenesses", .maximise, .logLikelihood, over: entries.map(\.variable), by: .newton,
        .passes(most: nil))
    ]
  }

  private static let starts = 4
  /// Iterations of a further start before it must promise to overtake.
  private static let trial = 12

  func run(_ task: FitTask) throws -> Estimate {
    let options = task.options
    let search = try UniquenessSearch(task, factors)
    let count = Swift.max(1, options.restarts ?? (options.initial == nil ? Self.starts : 1))
    let best = try LeaderFirst(
      engine: search, count: count, trial: Self.trial, finishesEach: false
    ).run()
    return try search.estimate(best, count)
  }
}
