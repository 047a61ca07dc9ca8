import CLVMKernels

/// Kernels of windows over images.
enum WindowKernels {
  static func patches<T: Element>(
    _ spec: WindowSpec, _ a: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    let channels = a.shape.dims.last ?? 1
    let images = a.shape.dims.dropLast(3).reduce(1, *)
    let (source, slot, plate) = (a.slot, out.slot, out.plate)
    let (window, fill) = (spec.window, T(spec.fill))
    return PreparedKernel { frame in
      T.patches(
        frame.input(source), frame.output(slot), window, frame.counts[plate] * images, channels,
        fill: fill)
    }
  }

  static func fold<T: Element>(
    _ spec: WindowSpec, _ a: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    let channels = out.shape.dims.last ?? 1
    let images = out.shape.dims.dropLast(3).reduce(1, *)
    let (source, slot, plate) = (a.slot, out.slot, out.plate)
    let window = spec.window
    return PreparedKernel { frame in
      T.foldPatches(
        frame.input(source), frame.output(slot), window, frame.counts[plate] * images, channels)
    }
  }
}

extension WindowSpec {
  fileprivate var window: lvm_window {
    lvm_window(
      height: image[0], width: image[1], kernel_height: kernel[0], kernel_width: kernel[1],
      down: stride[0], right: stride[1], above: padding[0], left: padding[1], rows: result[0],
      columns: result[1])
  }
}
