import LVMCompute
import LVMModel
import Testing

/// Log densities, moments and interval masses against values computed elsewhere.
@Suite struct FamilyReferenceTests {
  @Test func everyFamilyHasReferenceValues() throws {
    let named = Set(try FamilyReference.load().cases.map(\.family))
    #expect(named == Set(FamilyName.allCases.map(\.rawValue)))
  }

  @Test func logDensities() throws {
    for item in try FamilyReference.load().cases {
      let name = try #require(FamilyName(rawValue: item.family))
      let found = logDensity(name, form: item.form, item.x.tensor, item.arguments.map(\.tensor))
      // Differences of large terms that the formula itself has cost digits in proportion to them.
      let tolerance = 1e-13 * conditioning(item)
      #expect(
        agree(found, item.logDensity.value, tolerance),
        "\(item.family)\(item.arguments.map { $0.tensor.values }) at \(item.x.tensor.values): \(found), not \(item.logDensity.value)"
      )
    }
  }

  @Test func moments() throws {
    for item in try FamilyReference.load().cases {
      let name = try #require(FamilyName(rawValue: item.family))
      let arguments = item.arguments.map(\.tensor)
      if let mean = item.mean?.tensor {
        let found = evaluated(arguments) { builder, values in
          family(name).mean(values, form: item.form) ?? builder.constant(.nan)
        }
        #expect(found.dims == mean.dims)
        #expect(zip(found.values, mean.values).allSatisfy { agree($0, $1, 1e-12) }, "\(name) mean")
      }
      if let variance = item.variance?.tensor {
        let found = evaluated(arguments) { builder, values in
          family(name).variance(values, form: item.form) ?? builder.constant(.nan)
        }
        #expect(
          zip(found.values, variance.values).allSatisfy { agree($0, $1, 1e-11) },
          "\(name)\(arguments) variance \(found), not \(variance)")
      }
    }
  }

  @Test func intervalMasses() throws {
    for item in try FamilyReference.load().intervals {
      let name = try #require(FamilyName(rawValue: item.family))
      let limits = [item.low, item.high].compactMap(\.self).map { Tensor($0) }
      let found = evaluated(limits + item.arguments.map(\.tensor)) { builder, values in
        let low = item.low == nil ? nil : values[0]
        let high = item.high == nil ? nil : values[limits.count - 1]
        return family(name).logCDFInterval(
          low: low, high: high, Array(values.dropFirst(limits.count)), form: 0)
          ?? builder.constant(.nan)
      }.values[0]
      // A narrow interval loses what the subtraction of its limits loses.
      let width = (item.high ?? .infinity) - (item.low ?? -.infinity)
      let tolerance = 1e-13 * max(1, 1e2 / width)
      #expect(
        agree(found, item.logMass.value, tolerance),
        "\(item.family) from \(String(describing: item.low)) to \(String(describing: item.high)): \(found), not \(item.logMass.value)"
      )
    }
  }

  /// How much larger the terms of the formula are than a log density of order one.
  private func conditioning(_ item: FamilyReference.Case) -> Double {
    switch item.family {
    case "Gamma", "InverseGamma", "Dirichlet", "Beta", "Poisson":
      let size = (item.arguments.map(\.tensor) + [item.x.tensor]).flatMap(\.values).max() ?? 1
      return min(max(10, size), 1e6)
    // At most the rounding of counts near 10^9 times their logarithm; large dispersions cost nothing.
    case "Binomial": return (item.arguments.first?.tensor.values[0] ?? 1) > 1e6 ? 1e6 : 10
    case "NegativeBinomial": return (item.x.tensor.values.first ?? 1) > 100 ? 1e3 : 20
    case "Wishart", "InverseWishart", "MultivariateNormal": return 100
    default: return 10
    }
  }
}
