/// Where an equation between frames comes from.
enum FrameReason: Hashable, Sendable {
  case kind(VariableID)
  case ends(VariableID)
  case function(String, of: VariableID)
  case argument(FamilyName, String, of: VariableID)
  case value(FamilyName, of: VariableID)
  case sum(of: VariableID)
  case product(of: VariableID)
  case power(of: VariableID)
  case index(of: VariableID)
  case definition(of: VariableID)
  case vanishingNoise(of: VariableID)
  case inflation(of: VariableID)
  case limits(of: VariableID)
  case weights(of: VariableID)
  case input(NetworkID)
  case size

  /// A clause that says why a column stays, or moves only together with others.
  func words(_ model: ModelGraph, isTied: Bool) -> String {
    func name(_ id: VariableID) -> String { "`\(model[id].name)`" }
    func words(_ tied: String, _ pinned: String) -> String { isTied ? tied : pinned }
    switch self {
    case .kind(let id): return "values of type \(model[id].type) have no unit"
    case .ends(let id): return "values of type \(model[id].type) end at zero"
    case .function(let f, let id):
      return "`\(f)`, for \(name(id)), takes " + words("all in one unit", "numbers without a unit")
    case .argument(let family, let argument, let id):
      let what = "the \(argument) of `\(family.rawValue)` for \(name(id))"
      return words("\(what) is in the unit of each", "\(what) cannot follow")
    case .value(let family, let id):
      return "values of `\(family.rawValue)` for \(name(id)) are not of that kind"
    case .sum(let id):
      return "a sum for \(name(id)) " + words("is in one unit", "has summands that cannot follow")
    case .product(let id): return "nothing added to a product for \(name(id)) takes it up"
    case .power(let id): return "a power for \(name(id)) cannot follow"
    case .index(let id): return "an index for \(name(id)) chooses among " + words("them", "others")
    case .definition(let id): return "the expression for \(name(id)) cannot follow"
    case .vanishingNoise(let id): return "noise of size zero is the same for all of \(name(id))"
    case .inflation(let id): return "extra zeros of \(name(id)) stand beside a density"
    case .limits(let id):
      return "limits of \(name(id)) " + words("are in one unit", "cannot follow")
    case .weights(let id): return "weights of components for \(name(id)) have no unit"
    case .input(let id): return "it enters the network `\(model[id].name)` as it is"
    case .size: return "the model is too large, or has values without entries"
    }
  }

  /// Equations of lower numbers are taken first: what they leave open is blamed on later ones.
  var phase: Int {
    switch self {
    case .kind, .ends: 0
    case .sum, .product, .index, .definition: 1
    case .argument(_, _, _), .value: 2
    case .function, .power, .vanishingNoise, .inflation, .limits, .weights, .input, .size: 3
    }
  }
}
