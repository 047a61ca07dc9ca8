import LVMCompute
import LVMModel
import LVMSyntax

extension DataColumn {
  /// Mean and mean square about it of each coordinate, in two passes.
  func meanAndVariance(_ runtime: Runtime) -> (mean: [Double], variance: [Double]) {
    let n = Double(Swift.max(1, count / width))
    let mean = runtime.fold(self, Sums(count: width)) { sums, x in
      for (i, x) in x.enumerated() { sums.numbers[i % width] += x / n }
    }.numbers
    let variance = runtime.fold(self, Sums(count: width)) { sums, x in
      for (i, x) in x.enumerated() {
        let r = x - mean[i % width]
        sums.numbers[i % width] += r * r / n
      }
    }.numbers
    return (mean, variance)
  }

  /// How far a coordinate's mean lies from zero in units of its spread, at most.
  func distance(_ runtime: Runtime) -> Double {
    let (mean, variance) = meanAndVariance(runtime)
    return zip(mean, variance).reduce(0) { most, column in
      column.1 > 0 ? Swift.max(most, Swift.abs(column.0) / column.1.squareRoot()) : most
    }
  }
}

extension InferencePlan {
  /// The farthest from zero that the columns of variables of a role lie, in units of their spread.
  func distance(of role: Role, in data: ModelData) -> Double {
    model.variables.reduce(0) { most, v in
      guard v.role == role, !v.type.kind.isFinite, let column = data.columns.columns[v.name] else {
        return most
      }
      return Swift.max(most, column.distance(data.runtime))
    }
  }
}
