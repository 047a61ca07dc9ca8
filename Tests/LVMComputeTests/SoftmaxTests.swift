import Foundation
import LVMCompute
import Testing

/// A log-sum-exp on rows and its gradient, which one kernel computes together.
private func softmax(_ values: [Double], rows: Int, count: Int, runtime: Runtime = .serial) throws
  -> (total: [Double], weights: [Double])
{
  let data = DataColumns(
    layout: .rows(rows), columns: ["x": DataColumn(dims: [count], values: values)])
  let found = try evaluate(["shift": Tensor([count], wobble(count))], data: data, runtime: runtime)
  { b in
    // The shift keeps this from being computed once, with the data.
    let x = b.data("x", [count]) + b.parameter("shift", [count])
    let total = x.logSumExp(axes: [0])
    return ["total": total, "weights": b.gradient(of: total.sumPlate(), with: [x])[0]]
  }
  return (try #require(found["total"]?.values), try #require(found["weights"]?.values))
}

@Test(arguments: [1, 2, 3, 8, 13, 64, 65, 300])
func softmaxOfRowsComesFromTheSameExponentials(count: Int) throws {
  for rows in [1, 63, 64, 65, 200] {
    let values = wobble(rows * count, from: -700, to: 700, salt: 2)
    let shift = wobble(count)
    let (total, weights) = try softmax(values, rows: rows, count: count)
    for r in 0..<rows {
      let x = (0..<count).map { values[r * count + $0] + shift[$0] }
      let top = x.max() ?? 0
      let sum = x.reduce(0) { $0 + exp($1 - top) }
      #expect(isClose(total[r], top + log(sum), 1e-14))
      for k in 0..<count {
        #expect(abs(weights[r * count + k] - exp(x[k] - top) / sum) <= 1e-14)
      }
    }
  }
}

@Test(arguments: [1, 5, 100])
func softmaxAtTheEdges(count: Int) throws {
  let rows = 70
  var values = wobble(rows * count, from: 700, to: 720, salt: 3)
  for k in 0..<count { values[k] = -.infinity }
  values[count] = .infinity
  values[2 * count + count - 1] = .nan
  values[3 * count] = -.infinity
  let (total, weights) = try softmax(values, rows: rows, count: count)
  #expect(total[0] == -.infinity)
  #expect(weights[..<count].allSatisfy { $0 == 0 })
  #expect(total[1] == .infinity)
  #expect(total[2].isNaN)
  #expect(weights[(2 * count)..<(3 * count)].allSatisfy { $0.isNaN })
  #expect(weights[3 * count] == 0)
  for r in 4..<rows {
    let sum = weights[(r * count)..<((r + 1) * count)].reduce(0, +)
    #expect(isClose(sum, 1, 1e-14))
  }
}

@Test func softmaxHasTheSameBitsForAnyThreads() throws {
  let values = wobble(3000 * 7, from: -30, to: 30, salt: 2)
  let one = try softmax(values, rows: 3000, count: 7)
  let three = try softmax(values, rows: 3000, count: 7, runtime: Runtime(threads: 3))
  #expect(one.total == three.total && one.weights == three.weights)
}
