import Foundation

/// What writers that were killed left beside a file or directory that they were about to replace.
///
/// A writer works under a hidden name that holds its process number, and keeps a lock on it. What
/// nobody has locked, and whose writer is gone, is of no use to anyone.
struct Leftovers {
  private let parent: String
  private let name: String
  private let target: String

  init(of target: String) {
    self.target = target
    parent = parentPath(of: target)
    name = target.split(separator: "/").last.map(String.init) ?? target
  }

  /// Removes them; a backup of a directory goes back where the directory itself is gone.
  func remove() {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    for entry in entries.sorted() {
      let path = parent + "/" + entry
      if writer(of: entry, kind: "old") != nil {
        var status = stat()
        if stat(target, &status) == 0 || rename(path, target) != 0 { removeTree(path) }
      } else if let writer = writer(of: entry, kind: "tmp") {
        removeUnlessInUse(path, writer)
      }
    }
  }

  /// Hidden files and folders of other outputs beside this one whose writers are gone: nobody will come back
  /// for them, and they are not removed, for their names alone tell whose they are.
  func ofOthers() -> [String] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    return entries.sorted().filter { entry in
      guard entry.hasPrefix("."), let range = entry.range(of: ".tmp-", options: .backwards),
        !entry.hasPrefix(".\(name).tmp-")
      else { return false }
      let parts = entry[range.upperBound...].split(
        separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 2, UInt32(parts[1], radix: 16) != nil, let writer = pid_t(parts[0])
      else { return false }
      return kill(writer, 0) != 0 && errno == ESRCH
    }.map { parent == "." ? $0 : parent + "/" + $0 }
  }

  /// The process number in `.NAME.KIND-PROCESS-RANDOM`; nil for other names.
  private func writer(of entry: String, kind: String) -> pid_t? {
    let start = ".\(name).\(kind)-"
    guard entry.hasPrefix(start) else { return nil }
    let parts = entry.dropFirst(start.count).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, UInt32(parts[1], radix: 16) != nil else { return nil }
    return pid_t(parts[0])
  }

  private func removeUnlessInUse(_ path: String, _ writer: pid_t) {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &status) == 0 else { return }
    // A writer that has just begun has no lock yet. Its number tells that it lives, unless it is on
    // another machine or the number has gone to another process: then its age does.
    let isAlive = kill(writer, 0) == 0 || errno != ESRCH
    let age = time(nil) - Int(FileIdentity(status).seconds)
    if !isAlive || age > 60 { removeTree(path) }
  }
}

func removeTree(_ path: String) {
  // What cannot be removed now is a leftover for the next writer.
  try? FileManager.default.removeItem(atPath: path)
}
