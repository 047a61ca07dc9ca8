import LVMCompute

extension Value {
  /// Σ over rows of the outer products of the last dims of this value and another, their leading dims broadcasting.
  func crossProduct(_ b: Value) -> Value {
    let a = self
    let rank = a.shape.rank - 1
    let (leftDims, rightDims) = (Array(a.shape.dims.dropLast()), Array(b.shape.dims.dropLast()))
    let common = Shape.broadcast(Shape(leftDims), Shape(rightDims))?.dims ?? []
    func labelled(_ v: Value, last: Int) -> (Value, [Int]) {
      let kept = (0..<rank).filter { v.shape.dims[$0] != 1 }
      return (v.reshape(kept.map { v.shape.dims[$0] } + v.shape.dims.suffix(1)), kept + [last])
    }
    let (x, left) = labelled(a, last: 1000)
    let (y, right) = labelled(b, last: 1001)
    let kept = (0..<rank).filter { common[$0] != 1 }
    let sum = x.contract(
      y, left: left, right: right, output: kept + [1000, 1001], keepsPlate: false)
    return sum.reshape(common + a.shape.dims.suffix(1) + b.shape.dims.suffix(1))
  }
}
