/// A linear map of real parameters: coordinates φ with θ = Mφ in which a log density is about as curved one way
/// as another.
struct Preconditioner {
  let layout: ParameterLayout
  /// M and its inverse, row-major.
  let map: [Double]
  let inverse: [Double]

  /// How many numbers are mapped.
  var count: Int { layout.count }

  /// φ of θ.
  func coordinates(of theta: [Double]) -> [Double] { product(inverse, theta) }

  /// θ of φ.
  func parameters(at phi: [Double]) -> [Double] { product(map, phi) }

  /// The gradient in φ of one in θ.
  func gradient(_ g: [Double]) -> [Double] { product(map, g, transposed: true) }

  private func product(_ matrix: [Double], _ x: [Double], transposed: Bool = false) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    for i in 0..<count {
      for j in 0..<count {
        result[transposed ? j : i] += matrix[i * count + j] * x[transposed ? i : j]
      }
    }
    return result
  }
}
