import LVMCompute
import LVMModel
import LVMSyntax

extension DataColumn {
  /// How far a coordinate's mean lies from zero in units of its spread, at most.
  var distance: Double {
    let n = Double(Swift.max(1, count / width))
    var mean = [Double](repeating: 0, count: width)
    var square = mean
    eachBlock { x in for (i, x) in x.enumerated() { mean[i % width] += x / n } }
    eachBlock { x in
      for (i, x) in x.enumerated() {
        let r = x - mean[i % width]
        square[i % width] += r * r / n
      }
    }
    return zip(mean, square).reduce(0) { most, column in
      column.1 > 0 ? Swift.max(most, Swift.abs(column.0) / column.1.squareRoot()) : most
    }
  }
}

extension Plan {
  /// The farthest from zero that the columns of variables of a role lie, in units of their spread.
  func distance(of role: Role, in data: ModelData) -> Double {
    model.variables.reduce(0) { most, v in
      guard v.role == role, !v.type.kind.isFinite, let column = data.columns.columns[v.name] else {
        return most
      }
      return Swift.max(most, column.distance)
    }
  }
}
