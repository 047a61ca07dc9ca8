import Foundation

/// How much memory this process may have.
public enum MachineMemory {
  /// Bytes: the least of what the machine has, what a group of processes that this one is in may have, and
  /// what the limit on the process's addresses (`ulimit -v`) leaves.
  public static let limit: Int = {
    var least = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    var addresses = rlimit()
    #if os(Linux)
      let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
    #else
      let resource = RLIMIT_AS
    #endif
    if getrlimit(resource, &addresses) == 0 {
      least = min(least, max(0, Int(clamping: UInt64(addresses.rlim_cur)) - addressesInUse))
    }
    for bytes in groupLimits() { least = min(least, bytes) }
    return least
  }()

  /// Bytes of addresses that the process has taken, as a limit of those counts them.
  private static var addressesInUse: Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Limits of control groups (`memory.max` of version 2 and of the groups around it, and version 1's).
  private static func groupLimits() -> [Int] {
    #if os(Linux)
      var files = ["/sys/fs/cgroup/memory/memory.limit_in_bytes"]
      let own = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
      if let line = own.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) {
        var group = "/sys/fs/cgroup" + line.dropFirst(3)
        while group.hasPrefix("/sys/fs/cgroup") {
          files.append(group + "/memory.max")
          group = URL(fileURLWithPath: group).deletingLastPathComponent().path
        }
      }
      return files.compactMap { file in
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)).flatMap {
          $0 > 0 ? $0 : nil
        }
      }
    #else
      return []
    #endif
  }
}
