import LVM
import Testing

extension Case: CustomTestStringConvertible {
  var testDescription: String { name }
}

/// Engine and oracle agree on every small model, in likelihood, gradient and posteriors.
@Suite struct AgreementTests {
  @Test(arguments: SmallModels.all)
  func engineEqualsOracle(_ c: Case) throws {
    let problems = try Comparison(c).problems()
    #expect(problems == [])
  }

  @Test(arguments: GeneratedModels.all)
  func engineEqualsOracleOnGeneratedModels(_ c: Case) throws {
    let problems = try Comparison(c).problems()
    #expect(problems == [])
  }

  @Test func namesAreUnique() {
    #expect(Set(SmallModels.all.map(\.name)).count == SmallModels.all.count)
  }

  /// ∇Q = ∇root where the statistics are taken, for whatever EM fits.
  @Test(arguments: SmallModels.all + GeneratedModels.all)
  func surrogateGradientEqualsRootGradient(_ c: Case) throws {
    for seed in 0..<2 {
      var other = c
      other.seed = seed
      let comparison = try Comparison(other)
      // Closed forms by eigenvectors have no statistics to maximise over.
      guard comparison.plan.strategy == .em || comparison.plan.strategy == .closedForm,
        !comparison.plan.compressesRows
      else { return }
      let em = try ExpectationMaximization(
        comparison.plan, data: comparison.bound.data, options: FitOptions())
      let (surrogate, root) = try em.gradients(at: comparison.drawn.parameters)
      #expect(!root.isEmpty)
      for v in comparison.plan.model.variables {
        guard let wanted = root[v.name] else { continue }
        let found = surrogate[v.name]?.values ?? []
        let a = Comparison.symmetric(found, v.type)
        let b = Comparison.symmetric(wanted.values, v.type)
        let same = a.count == b.count && !zip(a, b).contains { Comparison.differ($0, $1, 1e-8) }
        #expect(same, "\(v.name): ∇Q \(a), ∇root \(b)")
      }
    }
  }
}
