import LVMSyntax

/// Why a model cannot be planned, in the model's own names.
public enum PlanError: Finding {
  /// What sets the largest number of factors.
  public enum FactorRule: Sendable, Hashable {
    /// Noise of its own for each entry, one noise for all, none.
    case ownNoise, sharedNoise, noNoise
  }

  case crossedGroups(String, String)
  case globalLatent(String)
  case network(String)
  case invertible(String)
  case adversarial(network: String, variable: String)
  case zeroNoise(String)
  case zeroNoiseMissing(String)
  case tooManyFactors(
    latents: [String], factors: Int, entries: Int, limit: Int, rule: FactorRule)
  case noDensity(String)
  case unplannable(latent: String, reasons: [String], advice: String)
  case labelsInsideGroup(latent: String, label: String, plate: String, states: Int)
  case labelsBesideChain(label: String, chain: String)
  case twoChains(String, String)
  case chainLag(String)
  case observedChain(String)
  case tooManyCells(String, cells: Double, limit: Double)
  case vectorOfFinite(String)
  case missingParent(String, reader: String)
  case lowering(variable: String, reason: String)
  case noEstimator(String, reason: String)

  public var code: String {
    switch self {
    case .crossedGroups: "crossed-groups"
    case .globalLatent: "global-latent"
    case .network: "network-not-planned"
    case .invertible: "flow-not-planned"
    case .adversarial: "adversarial-not-planned"
    case .zeroNoise: "zero-noise-not-planned"
    case .zeroNoiseMissing: "zero-noise-missing"
    case .tooManyFactors: "too-many-factors"
    case .noDensity: "no-density"
    case .unplannable: "no-exact-elimination"
    case .labelsInsideGroup: "labels-inside-group"
    case .labelsBesideChain: "labels-beside-chain"
    case .twoChains: "two-chains"
    case .chainLag: "chain-lag"
    case .observedChain: "observed-chain"
    case .tooManyCells: "table-too-large"
    case .vectorOfFinite: "vector-of-labels"
    case .missingParent: "missing-parent"
    case .lowering: "not-plannable"
    case .noEstimator: "no-estimator"
    }
  }

  public var message: String {
    switch self {
    case .crossedGroups(let a, let b):
      "the groups `\(a)` and `\(b)` cross: neither lies inside the other, so there is no unit to sum over"
    case .globalLatent(let v):
      "`\(v)` is a latent of the whole model, and its posterior has no engine in this version"
    case .network(let n):
      "the network `\(n)` is used where training has no engine: in a chain, a group or a parameter"
    case .invertible(let n):
      "the invertible network `\(n)` needs a change of variables, which has no engine in this version"
    case .adversarial(let n, let v):
      "`\(v)` equals the output of the network `\(n)`, so it has no density; adversarial training has no engine in this version"
    case .zeroNoise(let v):
      "`\(v)` has noise of scale 0, and it is not a sum of free linear maps of Normal(0, 1) latents and a free mean: "
        + "only those have a zero-noise limit here (PCA)"
    case .zeroNoiseMissing(let v):
      "`\(v)` has noise of scale 0 and missing cells: without noise they have no distribution"
    case .tooManyFactors(let names, let factors, let entries, let limit, let rule):
      Self.factorText(names, factors, entries, limit, rule)
    case .noDensity(let v):
      "`\(v)` equals a function of latents, and a change of variables has no engine in this version"
    case .unplannable(let latent, _, _):
      "`\(latent)` cannot be eliminated exactly"
    case .labelsInsideGroup(let latent, let label, let plate, let states):
      "`\(latent)` is one value per \(plate) while `\(label)` is one per row: integrating `\(latent)` exactly "
        + "needs a term for each of the \(states)^n labellings of a \(plate)'s n rows"
    case .labelsBesideChain(let label, let chain):
      "the labels `\(label)` beside the Gaussian chain `\(chain)` need a term for every sequence of labels"
    case .twoChains(let a, let b):
      "the chains `\(a)` and `\(b)` are tied to each other, and their joint path is not summed yet"
    case .chainLag(let v):
      "`\(v)` reaches back more than one row, and such chains have no engine yet"
    case .observedChain(let v):
      "`\(v)` is an observed chain, and autoregressions have no engine yet"
    case .tooManyCells(let v, let cells, let limit):
      "summing out `\(v)` needs a table of \(Int(min(cells, 9e18))) cells a row; the limit is \(Int(limit))"
    case .vectorOfFinite(let v):
      "`\(v)` is a chain of vectors of labels, and only chains of one label are summed"
    case .missingParent(let v, let reader):
      "`\(v)` has empty cells, and `\(reader)` depends on it"
    case .lowering(let v, let reason):
      "`\(v)` cannot be planned: \(reason)"
    case .noEstimator(let model, let reason):
      "the parameters of `\(model)` cannot be estimated: \(reason)"
    }
  }

  public var help: [String] {
    switch self {
    case .crossedGroups:
      ["keep one of the groups, or nest one in the other: `each a by x { each b by y { … } }`"]
    case .globalLatent(let v):
      ["write `param \(v)` with the same `~` to have its MAP estimate"]
    case .network, .invertible, .noDensity: []
    case .adversarial(let n, let v):
      ["give `\(v)` noise, `~ Normal(\(n)(…), sigma)`, for a model with a density"]
    case .zeroNoise, .zeroNoiseMissing:
      ["estimate the noise: `param sigma : positive` makes it probabilistic PCA"]
    case .tooManyFactors(_, _, _, let limit, _):
      limit > 0
        ? ["use \(limit) or fewer, or fix some loadings"]
        : ["observe more columns, or drop the latent: noise of each entry's own already fits"]
    case .unplannable(_, let reasons, let advice): reasons + [advice]
    case .labelsInsideGroup(let latent, let label, let plate, _):
      [
        "make `\(label)` a latent of the \(plate), make `\(latent)` a latent of the row, or make `\(latent)` a param"
      ]
    case .labelsBesideChain(let label, let chain):
      ["observe `\(label)` (given), or make `\(chain)` finite: `category[K]`"]
    case .twoChains: ["join them into one chain whose categories are the pairs"]
    case .chainLag: ["keep the older value as a second chain: `then = previous(other)`"]
    case .observedChain(let v): ["declare the lagged column as `given` and drop `previous(\(v))`"]
    case .tooManyCells: ["use fewer states, or fewer latents that share a factor"]
    case .vectorOfFinite: ["declare one chain whose categories are the combinations"]
    case .missingParent(let v, _):
      [
        "drop the rows where `\(v)` is empty, or fill them: only labels are summed over when missing"
      ]
    case .lowering, .noEstimator: []
    }
  }

  private static func factorText(
    _ names: [String], _ factors: Int, _ entries: Int, _ limit: Int, _ rule: FactorRule
  ) -> String {
    let who = names.map { "`\($0)`" }.joined(separator: " and ")
    let have =
      "\(who) \(names.count == 1 ? "has" : "have") \(factors) \(factors == 1 ? "entry" : "entries")"
    switch rule {
    case .ownNoise:
      return
        "\(have), and the covariance of \(entries) columns with noise of their own determines at most \(limit) "
        + "(Ledermann's bound)"
    case .sharedNoise:
      return "\(have), and \(entries) columns leave nothing for their common noise beyond \(limit)"
    case .noNoise:
      return "\(have), and \(entries) columns have at most \(limit) components"
    }
  }
}
