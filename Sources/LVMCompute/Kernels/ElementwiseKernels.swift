import CLVMKernels

/// Kernels of elementwise operations.
enum ElementwiseKernels {
  static func unary<T: Element>(
    _ function: UnaryFunction, _ a: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    guard let kernel = T.unary(function) else { preconditionFailure("\(function) needs f64") }
    let (source, slot, plate, count) = (a.slot, out.slot, out.plate, out.count)
    return PreparedKernel { frame in
      kernel(frame.input(source), frame.output(slot), frame.counts[plate] * count)
    }
  }

  static func binary<T: Element>(
    _ function: BinaryFunction, _ a: Operand, _ b: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    guard let kernel = T.binary(function) else { preconditionFailure("\(function) needs f64") }
    let loops = Loops(out.shape, [a.shape, b.shape])
    let (left, right, slot, plate) = (a.slot, b.slot, out.slot, out.plate)
    let (aStride, bStride, inner) = (loops.rowStride(0), loops.rowStride(1), loops.innerBits)
    if loops.axes.count <= 1 {
      let fixed = loops.axes.first?.size ?? 1
      let scales = loops.axes.first?.scales ?? false
      return PreparedKernel { frame in
        let columns = scales ? frame.counts[plate] * fixed : fixed
        kernel(frame.input(left), 0, frame.input(right), 0, frame.output(slot), 1, columns, inner)
      }
    }
    return PreparedKernel { frame in
      let (x, y, z): (UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>) = (
        frame.input(left), frame.input(right), frame.output(slot)
      )
      loops.forEachRun(frame.counts[plate]) { offsets, place, rows, columns in
        kernel(
          x + offsets.0, aStride, y + offsets.1, bStride, z + place, rows, columns, inner)
      }
    }
  }

  static func select<T: Element>(
    _ condition: Operand, _ a: Operand, _ b: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    let loops = Loops(out.shape, [a.shape, b.shape, condition.shape])
    let strides = (loops.rowStride(0), loops.rowStride(1), loops.rowStride(2))
    let inner = loops.innerBits
    let slots = (a.slot, b.slot, condition.slot)
    let (slot, plate) = (out.slot, out.plate)
    return PreparedKernel { frame in
      let x: UnsafePointer<T> = frame.input(slots.0)
      let y: UnsafePointer<T> = frame.input(slots.1)
      let c: UnsafePointer<T> = frame.input(slots.2)
      let z: UnsafeMutablePointer<T> = frame.output(slot)
      loops.forEachRun(frame.counts[plate]) { offsets, place, rows, columns in
        T.select(
          x + offsets.0, strides.0, y + offsets.1, strides.1, c + offsets.2, strides.2, z + place,
          rows, columns, inner)
      }
    }
  }

  static func cast(_ a: Operand, _ out: Operand) -> PreparedKernel {
    let (source, slot, plate, count) = (a.slot, out.slot, out.plate, out.count)
    switch (a.dtype, out.dtype) {
    case (.f64, .f32):
      return PreparedKernel { frame in
        lvm_to_f32(frame.input(source), frame.output(slot), frame.counts[plate] * count)
      }
    case (.f32, .f64):
      return PreparedKernel { frame in
        lvm_to_f64(frame.input(source), frame.output(slot), frame.counts[plate] * count)
      }
    case (.f64, .f64), (.f32, .f32):
      return MovementKernels.copy(a, out)
    }
  }
}
