import LVM

/// `--samples K` of queries that average over draws of the latents, and what is said of such answers.
enum LatentSamples {
  static let option = Option(
    "samples", .count(placeholder: "K", from: 1),
    help:
      "draws of a row's latents where they are drawn from a guide; \(Fit.latentDraws) if not said")

  /// Draws of a row are held in memory: what a machine of ordinary size can hold.
  private static let mostCells = 100_000_000

  static func count(
    _ arguments: Arguments, _ model: ModelGraph, otherwise: Int = Fit.latentDraws
  ) throws(UsageError) -> Int {
    guard let count = arguments.integer("samples") else { return otherwise }
    let drawn = model.variables.filter { [.latent, .observe].contains($0.role) }
    let width = drawn.reduce(1) { $0 + max(1, ($1.type.dims ?? []).reduce(1, *)) }
    let most = max(1000, mostCells / width)
    guard count <= most else { throw .tooMany(option: "--samples", found: count, most: most) }
    return count
  }

  /// Says what an answer is averaged over, and where that is thin.
  static func tell(_ estimate: DrawnEstimate?, _ arguments: Arguments, _ terminal: Terminal) {
    guard let estimate else {
      tellExact(arguments, terminal)
      return
    }
    terminal.complain(
      "lvmc: note: averaged over \(estimate.samples) draws of each row's latents, importance-weighted"
    )
    let weak = estimate.weakRows
    guard weak > 0 else { return }
    let rows = estimate.effectiveSamples.count
    terminal.complain(
      "lvmc: warning: in \(weak) of \(rows) rows so few draws fit what is known that they count as"
        + " fewer than \(Int(DrawnEstimate.fewest)); the spread there is too small: `--samples` takes"
        + " more [few-effective-draws]")
  }

  /// Says that an option changed nothing, where nothing was drawn.
  static func tellExact(_ arguments: Arguments, _ terminal: Terminal) {
    guard arguments.has("samples") else { return }
    terminal.complain(
      "lvmc: no latent is drawn from a guide here: --samples has no meaning and is ignored")
  }
}
