/// What a fit that ended has to say about its end; each begins with its name in docs/warnings.md.
enum FitWarning: Hashable {
  case unboundedLikelihood(String)
  case boundary(String, String)
  case separation([String])
  case notIdentified(String)
  case equalStates(String, Int, Int)

  var text: String {
    switch self {
    case .unboundedLikelihood(let name):
      "unbounded-likelihood: the likelihood grows without bound as `\(name)` shrinks (a component collapses, "
        + "or columns are constant or collinear); it was held at \(VarianceFloor.shareText) of the data's own spread"
    case .boundary(let name, let limit):
      "boundary: the maximum lies where `\(name)` is \(limit), the edge of its range"
    case .separation(let names):
      "separation: the data are fitted ever better as coefficients in "
        + names.map { "`\($0)`" }.joined(separator: ", ")
        + " grow without end; their sizes have no meaning"
    case .equalStates(let label, let a, let b):
      "equal-states: the values \(a) and \(b) of `\(label)` ended with the same parameters: the data show fewer "
        + "kinds, or the start could not tell them apart"
    case .notIdentified(let name):
      "not-identified: the data do not determine `\(name)`; what they leave open stayed near its start"
    }
  }
}
