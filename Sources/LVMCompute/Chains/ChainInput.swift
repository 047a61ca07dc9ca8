/// An input of a chain: its value at plate row t starts at `base + t * stride`, in doubles.
///
/// `stride` is 0 for an input without a plate. Whoever makes one promises that the memory outlives its
/// use and is not written meanwhile; under that promise it may be read from any thread.
public struct ChainInput: @unchecked Sendable {
  public var base: UnsafePointer<Double>
  public var stride: Int

  public init(_ base: UnsafePointer<Double>, stride: Int) {
    self.base = base
    self.stride = stride
  }
}
