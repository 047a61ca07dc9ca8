import LVMInference
import LVMModel

/// How many numbers a model's parameters have.
///
/// Directions along which the likelihood does not change are not free; `Identifiability.directions` of a
/// plan takes them from the count: a white vector of L entries under a free linear map can be rotated with
/// it, which takes L(L − 1)/2.
enum ParameterCount {
  static func of(_ model: ModelGraph, used: Set<String>) -> Int {
    model.estimatedParameters().filter { used.contains($0.name) }.reduce(0) { total, p in
      total + ChartPolicy.minimal.chart(of: p.kind).degreesOfFreedom(p.dims)
    }
  }
}
