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
  @Test(arguments: SurrogateCases.all)
  func surrogateGradientEqualsRootGradient(_ c: Case) throws {
    for seed in 0..<2 {
      var other = c
      other.seed = seed
      let comparison = try Comparison(other)
      let em = try ExpectationMaximization(
        comparison.plan.inference, comparison.plan.estimation, data: comparison.bound.data,
        options: FitOptions())
      let (surrogate, root) = try em.gradients(at: comparison.drawn.parameters)
      #expect(!root.isEmpty)
      #expect(Set(surrogate.keys) == Set(root.keys))
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

  /// The planner fits by statistics what the list of such cases names, with every seed, and no others.
  @Test(arguments: SmallModels.all + GeneratedModels.all)
  func surrogatesAreWhereThePlannerSays(_ c: Case) throws {
    for seed in 0..<2 {
      var other = c
      other.seed = seed
      let plan = try Comparison(other).plan
      let hasSurrogate =
        (plan.strategy == .em || plan.strategy == .closedForm) && !plan.compressesRows
      #expect(hasSurrogate == SurrogateCases.names.contains(c.name), "\(plan.strategy)")
    }
  }
}
