import LVMModel

/// Units that the data give to real parameters.
extension StartingValues {
  /// Units of real parameters: the standard deviations of the columns they speak of.
  func scales() -> [String: [Double]] {
    var result: [String: [Double]] = [:]
    for v in model.variables where v.role == .param && v.type.kind == .real {
      let dims = v.type.dims ?? []
      let count = dims.reduce(1, *)
      switch reference(for: v) {
      case .location(_, let sd), .loading(let sd):
        result[v.name] = (0..<count).map { sd[$0 % sd.count] }
      case .scale, .none: break
      }
    }
    return result
  }

  /// Variances of what shows a latent as it is, where they are far from one: units of its location.
  func unit(of latent: Variable) -> [Double]? {
    guard let sd = shownAsItIs(latent)?.sd, sd.contains(where: Self.isExtreme) else { return nil }
    return sd.map { $0 * $0 }
  }

  static func isExtreme(_ sd: Double) -> Bool { !(1e-3...1e3).contains(sd) }

  /// Real parameters that start where the data say, as locations do.
  func placed() -> Set<VariableID> {
    Set(
      model.variables.filter { v in
        guard v.role == .param, v.type.kind == .real, case .location? = reference(for: v) else {
          return false
        }
        return true
      }.map(\.id))
  }
}
