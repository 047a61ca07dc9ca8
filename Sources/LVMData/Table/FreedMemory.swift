import Foundation

/// Gives pages of freed memory back to the system, where the allocator can be asked to.
func returnFreedMemory() {
  #if os(Linux)
    // glibc declares malloc_trim in a header that Swift does not import.
    typealias Trim = @convention(c) (Int) -> Int32
    guard let symbol = dlsym(nil, "malloc_trim") else { return }
    _ = unsafeBitCast(symbol, to: Trim.self)(0)
  #endif
}

/// How the process takes memory.
public enum ProcessMemory {
  /// Has large blocks given back to the system as soon as they are freed, rather than kept for others:
  /// glibc raises its bound for what counts as large to the largest block ever freed.
  public static func returnLargeBlocksAtOnce() {
    #if os(Linux)
      typealias SetOption = @convention(c) (Int32, Int32) -> Int32
      guard let symbol = dlsym(nil, "mallopt") else { return }
      // M_MMAP_THRESHOLD is −3.
      _ = unsafeBitCast(symbol, to: SetOption.self)(-3, 1 << 20)
    #endif
  }
}
