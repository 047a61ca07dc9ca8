import LVMCompute
import Testing

@Suite struct SpecialFunctionTests {
  /// Compares with mpmath, relatively.
  func check(
    _ rows: [[Double]], tolerance: Double, _ function: ([[Double]]) -> [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let arguments = (0..<(rows[0].count - 1)).map { k in rows.map { $0[k] } }
    let values = function(arguments)
    for (row, value) in zip(rows, values) {
      let expected = row[row.count - 1]
      #expect(
        abs(value - expected) <= tolerance * abs(expected),
        "at \(row.dropLast()): \(value), not \(expected)", sourceLocation: sourceLocation)
    }
  }

  @Test func gammaFamilyAgreesWithReference() {
    check(SpecialReference.lgamma, tolerance: 2e-15) { SpecialFunctions.lgamma($0[0]) }
    check(SpecialReference.digamma, tolerance: 2e-15) { SpecialFunctions.digamma($0[0]) }
    check(SpecialReference.trigamma, tolerance: 2e-15) { SpecialFunctions.trigamma($0[0]) }
  }

  @Test func normalDistributionAgreesInBothTails() {
    check(SpecialReference.normalCDF, tolerance: 2e-15) { SpecialFunctions.normalCDF($0[0]) }
    check(SpecialReference.logNormalCDF, tolerance: 2e-15) {
      SpecialFunctions.logNormalCDF($0[0])
    }
  }

  @Test func ratiosOfGammasDoNotCancel() {
    check(SpecialReference.logRising, tolerance: 5e-15) {
      SpecialFunctions.logRising($0[0], $0[1])
    }
    check(SpecialReference.digammaRising, tolerance: 5e-15) {
      SpecialFunctions.digammaRising($0[0], $0[1])
    }
    check(SpecialReference.lbeta, tolerance: 5e-15) { SpecialFunctions.lbeta($0[0], $0[1]) }
  }

  @Test func polesAndLimits() {
    let infinity = Double.infinity
    #expect(SpecialFunctions.lgamma([0, -3, infinity]) == [infinity, infinity, infinity])
    #expect(SpecialFunctions.trigamma([0, -3, infinity]) == [infinity, infinity, 0])
    #expect(SpecialFunctions.digamma([0, -3, infinity]) == [-infinity, -infinity, infinity])
    #expect(SpecialFunctions.normalCDF([-infinity, infinity]) == [0, 1])
    #expect(SpecialFunctions.logNormalCDF([-infinity, infinity]) == [-infinity, 0])
    #expect(SpecialFunctions.logRising([0, 5, 0, 1], [2, 0, 0, 1]) == [-infinity, 0, 0, 0])
    #expect(SpecialFunctions.lbeta([0, 2, 1], [2, 0, 1]) == [infinity, infinity, 0])
    #expect(SpecialFunctions.lbeta([-1], [2])[0].isNaN)
  }

  @Test func zeroTimesLogOfZeroIsZero() {
    #expect(SpecialFunctions.xlogy([0, 0, 2], [0, -1, 1]) == [0, 0, 0])
    #expect(SpecialFunctions.xlog1py([0, 0, 2], [-1, -2, 0]) == [0, 0, 0])
    #expect(SpecialFunctions.xlogy([2], [0]) == [-.infinity])
    #expect(abs(SpecialFunctions.xlog1py([3], [1e-20])[0] - 3e-20) < 1e-34)
  }

  @Test func nanGoesThrough() {
    let x = [Double.nan]
    let one = [1.0]
    let results = [
      SpecialFunctions.lgamma(x), SpecialFunctions.digamma(x), SpecialFunctions.trigamma(x),
      SpecialFunctions.normalCDF(x), SpecialFunctions.logNormalCDF(x),
      SpecialFunctions.logRising(x, one), SpecialFunctions.logRising(one, x),
      SpecialFunctions.lbeta(x, one), SpecialFunctions.lbeta(one, x),
      SpecialFunctions.xlogy(x, one), SpecialFunctions.xlogy([0], x),
      SpecialFunctions.xlog1py(x, one), SpecialFunctions.xlog1py([0], x),
    ]
    for (index, result) in results.enumerated() { #expect(result[0].isNaN, "function \(index)") }
  }
}
