import CLVMKernels

/// Persistent worker threads; the caller is worker 0.
final class ThreadPool {
  let threads: Int
  private let pool: OpaquePointer?

  init(threads: Int) {
    pool = threads > 1 ? lvm_pool_create(Int32(threads)) : nil
    self.threads = pool == nil ? 1 : threads
  }

  deinit {
    if let pool { lvm_pool_destroy(pool) }
  }

  /// Calls `work(task, worker)` once for each task, in no fixed order; returns when all are done.
  func run(tasks: Int, _ work: (_ task: Int, _ worker: Int) -> Void) {
    guard let pool, tasks > 1 else {
      for task in 0..<tasks { work(task, 0) }
      return
    }
    withoutActuallyEscaping(work) { work in
      var box = Work(body: work)
      withUnsafeMutablePointer(to: &box) { box in
        lvm_pool_run(pool, tasks, box) { context, task, worker in
          context.unsafelyUnwrapped.assumingMemoryBound(to: Work.self).pointee.body(task, worker)
        }
      }
    }
  }

  private struct Work {
    let body: (Int, Int) -> Void
  }
}
