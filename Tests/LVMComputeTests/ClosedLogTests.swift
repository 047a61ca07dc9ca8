import Foundation
import LVMCompute
import Testing

/// Logarithms of sigmoids and exponentials are functions of what stands beneath, which has no end where the
/// probability is 0 or 1 in the format of the graph.
@Suite struct ClosedLogTests {
  private static let logits = [-800.0, -120, -40, -3, 0, 0.5, 17, 40, 120, 800]

  /// −log(1 + e^−x), without cancelling.
  private static func logSigmoid(_ x: Double) -> Double {
    x < 0 ? x - log1p(exp(x)) : -log1p(exp(-x))
  }

  @Test(arguments: [DType.f64, .f32])
  func probabilitiesHaveFiniteLogarithms(_ type: DType) throws {
    let x = Self.logits
    let out = try evaluate(["x": Tensor([2, 5], x)]) { b in
      let p = b.parameter("x", [2, 5]).cast(type).apply(.sigmoid)
      // Entries are only moved about on the way.
      let moved = p.reshape([10, 1]).broadcast([10, 2]).transpose([1, 0])
      let sum = moved.log().sum(axes: [0, 1]) + ((-moved).log1p()).sum(axes: [0, 1])
      return [
        "log": p.log().cast(.f64), "rest": (-p).log1p().cast(.f64),
        "slope": b.gradient(of: sum.cast(.f64), with: [b.parameter("x", [2, 5])])[0],
      ]
    }
    let accuracy = type == .f64 ? 1e-15 : 2e-7
    let logs = try #require(out["log"]?.values)
    let rests = try #require(out["rest"]?.values)
    let slopes = try #require(out["slope"]?.values)
    for i in x.indices {
      let (one, zero) = (Self.logSigmoid(x[i]), Self.logSigmoid(-x[i]))
      #expect(abs(logs[i] - one) <= accuracy * abs(one) + 1e-37)
      #expect(abs(rests[i] - zero) <= accuracy * abs(zero) + 1e-37)
      // Each entry stands there twice: 2 (σ(−x) − σ(x)) = −2 tanh(x/2).
      #expect(abs(slopes[i] + 2 * tanh(x[i] / 2)) <= 4 * accuracy)
    }
  }

  @Test func sharesHaveFiniteLogarithms() throws {
    let x = [0.0, -900, 3]
    let out = try evaluate(["x": Tensor([3], x)]) { b in
      let x = b.parameter("x", [3])
      let shares = (x - x.logSumExp(axes: [0]).reshape([1])).exp()
      return ["log": shares.log(), "scale": x.exp().reshape([3, 1]).log()]
    }
    let total = 3 + log1p(exp(-3.0))
    let logs = try #require(out["log"]?.values)
    for i in x.indices { #expect(abs(logs[i] - (x[i] - total)) <= 1e-12) }
    #expect(out["scale"]?.values == x)
  }
}
