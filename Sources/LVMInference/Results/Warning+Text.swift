import LVMCompute
import LVMModel

extension Warning: CustomStringConvertible {
  /// As it is printed: its name, if it has one, and what it says.
  public var description: String { code.map { "\($0): \(text)" } ?? text }

  /// Its name in docs/warnings.md, of a lint in docs/diagnostics.md; nil for those that say all there is to say.
  public var code: String? {
    switch self {
    case .data, .settingWithoutMeaning, .patienceIgnored, .posteriorNotWritten, .noValidationScore:
      nil
    case .longWarmup: "long-warmup"
    case .unboundedLikelihood: "unbounded-likelihood"
    case .boundary: "boundary"
    case .heywood: "heywood"
    case .separation: "separation"
    case .equalStates: "equal-states"
    case .notIdentified, .redundant: "not-identified"
    case .quadratureError: "quadrature-error"
    case .notConverged, .stillRising: "not-converged"
    case .posteriorCollapse: "posterior-collapse"
    case .explodingScale: "exploding-scale"
    case .trainingDiverged: "training-diverged"
    case .model(let code, _, _): code
    case .other(let code, _): code
    }
  }

  /// What it says, without its name.
  public var text: String {
    switch self {
    case .data(let warning): warning.message
    case .model(_, let line, let text): "line \(line): \(text)"
    case .settingWithoutMeaning(let key, let reason):
      "`\(key.rawValue)` in the fit block has no meaning \(reason); it is ignored"
    case .patienceIgnored(let rows, let fewest):
      "`patience` holds out a tenth of the rows, of \(fewest) or more; with \(rows) it is ignored"
    case .longWarmup(let warmup, let epochs):
      "`warmup = \(warmup)` is longer than the \(epochs) epochs of training, so that the "
        + "divergence never has more than \(Int(100 * Double(epochs) / Double(warmup))) % of its weight"
    case .unboundedLikelihood(let scale, let floor, let components):
      "the likelihood grows without bound as `\(scale)` shrinks ("
        + (components.map { "\($0) components leave nothing for the noise" }
          ?? "a component collapses, or columns are constant or collinear")
        + "); it was held at \(floor) of the data's own spread"
    case .boundary(let name, let edge):
      "the maximum lies where `\(name)` is \(edge.rawValue), the edge of its range"
    case .heywood(let entries, let scale):
      "the latents explain all of \(Self.quoted(entries)), and its noise `\(scale)` has gone to zero: "
        + "the likelihood is highest at that boundary"
    case .separation(let names):
      "the data are fitted ever better as coefficients in \(Self.quoted(names))"
        + " grow without end; their sizes have no meaning"
    case .equalStates(let label, let a, let b):
      "the values \(a) and \(b) of `\(label)` ended with the same parameters: the data show fewer "
        + "kinds, or the start could not tell them apart"
    case .notIdentified(let name):
      "the data do not determine `\(name)`; what they leave open stayed near its start"
    case .redundant(let reason): reason
    case .quadratureError(let change, let nodes):
      "the log likelihood still changes by \(ObjectiveEstimator.rounded(change)) when the nodes are "
        + "doubled to \(nodes); the integrand has a kink, several modes or heavy tails"
    case .notConverged(let iterations):
      "the objective had not settled after \(iterations) iterations; the likelihood may have "
        + "no maximum, or parameters that the data do not tell apart"
    case .stillRising(let epochs, let gain, let sufficient):
      Self.stillRising(epochs, gain, sufficient)
    case .posteriorCollapse(let latent, let unused, let count, let advice):
      Self.collapse(latent, unused, count, advice)
    case .explodingScale(let scale): scale.text
    case .trainingDiverged(let fault, let cell):
      "\(fault)\(cell.map { "; \($0)" } ?? ""); training went back to the state before that epoch with half the step "
        + "size and shorter gradients"
    case .posteriorNotWritten(let reason):
      "the posterior of the latents is not written: \(reason)"
    case .noValidationScore(let reason): "the held-out table has no score: \(reason)"
    case .other(_, let text): text
    }
  }

  private static func quoted(_ names: [String]) -> String {
    names.map { "`\($0)`" }.joined(separator: ", ")
  }

  private static func stillRising(_ epochs: Int, _ gain: Double, _ sufficient: Int?) -> String {
    guard gain.isFinite else {
      return "one epoch does not tell whether the bound has settled; more would help"
    }
    let text =
      "the bound was still rising when the \(epochs) epochs were over: twice as many would gain about "
      + "\(twoDigits(gain)) nats a row"
    guard let sufficient else { return text }
    return text
      + ", and about \(sufficient) would settle it (`epochs = \(sufficient)` in the fit block, or "
      + "`--fit epochs=\(sufficient)`)"
  }

  private static func collapse(
    _ latent: Latent, _ unused: [String], _ count: Int, _ advice: Advice
  ) -> String {
    let place = "`\(latent.name)` (line \(latent.line))"
    func slower(_ epochs: Int) -> String {
      "`warmup = \(epochs)` in the fit block, or `--fit warmup=\(epochs)`"
    }
    if unused.count == count {
      let text =
        "the guide of \(place) says the same of every row, so nothing was learned through it; try "
      switch advice {
      case .pointsHaveNone: return text + "more epochs or another seed"
      case .weakerDecoder: return text + "a weaker decoder or more epochs"
      case .warmup(let epochs):
        return text + "\(slower(epochs)), a weaker decoder or more epochs"
      }
    }
    let more = unused.count > 5 ? " and \(unused.count - 5) more" : ""
    let text =
      "\(unused.count) of the \(count) numbers of \(place) are the same for every row: "
      + unused.prefix(5).joined(separator: ", ") + more + "; the model does as well without them"
    switch advice {
    case .pointsHaveNone, .weakerDecoder: return text
    case .warmup(let epochs): return text + ", or try \(slower(epochs))"
    }
  }

  /// `row 17`, or `3 rows (4, 17, 203)`.
  static func words(forRows rows: [Int]) -> String {
    if rows.count == 1 { return "row \(rows[0])" }
    let shown = rows.prefix(4).map(String.init).joined(separator: ", ")
    return "\(rows.count) rows (\(shown)\(rows.count > 4 ? ", …" : ""))"
  }

  /// Two significant digits.
  static func twoDigits(_ x: Double) -> String {
    guard x.isFinite, x != 0 else { return "\(x)" }
    let power = Int((Swift.abs(x).logarithm / (10.0).logarithm).rounded(.down))
    func written(_ number: Double) -> String {
      number == number.rounded() ? "\(Int(number))" : "\(number)"
    }
    guard (-3...4).contains(power) else {
      return "\(written((x / (10.0).raised(to: Double(power)) * 10).rounded() / 10))e\(power)"
    }
    let scale = (10.0).raised(to: Double(Swift.max(0, 1 - power)))
    return written((x * scale).rounded() / scale)
  }
}

extension Warning.ExplodingScale {
  var text: String {
    let place = rows.map { " in \(Warning.words(forRows: $0))" } ?? ""
    let beside = share.map { ", \(Warning.twoDigits($0)) of the data's own spread" } ?? ""
    let why = remedy.map { "; the bound grows for ever as it shrinks: \($0.rawValue)" } ?? ""
    return "the scale of \(isGuide ? "the guide of " : "")`\(entry)` (line \(line)) "
      + "\(fell ? "fell" : "rose") to \(Warning.twoDigits(value))\(place)\(beside)\(why)"
  }
}
