import Foundation

/// Writes a directory of files so that whoever looks, at any moment and after any crash, finds either
/// the old directory or the new one, complete.
///
/// Files go to a hidden directory beside the target, each forced to the disk; `commit()` exchanges
/// the two names in one step. A lock held while the hidden directory lives tells those of running
/// programs from those left by programs that were killed, which the next writer removes.
///
/// Where the file system cannot exchange names, the old directory is renamed to a hidden backup
/// first; a kill between the two renames leaves the backup, which `recover(_:)` and the next writer
/// put back. Files of others in the old directory stand in the new one too, as links to the same files.
public final class AtomicDirectory {
  private let path: String
  private let target: String
  private let temporary: String
  private let kind: DirectoryKind
  private let lock: Int32
  private var isFinished = false
  /// Open files that are written in pieces, by name.
  private var growing: [String: Int32] = [:]

  /// Prepares to replace the directory at `path`, or to create it.
  ///
  /// An existing directory is replaced only if it is empty or holds a file named `marker`, so that a
  /// slip of the pen cannot delete somebody's work; it is checked now and again in `commit()`.
  public convenience init(replacing path: String, marker: String) throws(OutputError) {
    try self.init(replacing: path, kind: DirectoryKind(marker: marker))
  }

  /// Prepares to replace what is the program's own of the directory at `path`, or to create it.
  public init(replacing path: String, kind: DirectoryKind) throws(OutputError) {
    self.path = path
    self.kind = kind
    target = resolvedPath(path)
    Leftovers(of: target).remove()
    try Self.checkReplaceable(target, shownAs: path, kind)
    temporary = siblingPath(of: target, kind: "tmp")
    guard mkdir(temporary, 0o777) == 0 else {
      throw OutputError(path: path, action: "creating", code: errno)
    }
    lock = open(temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if lock >= 0 { flock(lock, LOCK_EX | LOCK_NB) }
  }

  deinit { discard() }

  /// Writes the files and puts the directory in place; where it throws, nothing has changed.
  public static func replace(
    _ path: String, marker: String, files: [(name: String, bytes: [UInt8])]
  ) throws(OutputError) {
    let directory = try AtomicDirectory(replacing: path, marker: marker)
    for file in files { try directory.write(file.name, file.bytes) }
    try directory.commit()
  }

  /// Puts back a directory whose replacement was cut short; does nothing where none was.
  ///
  /// Call it before reading a directory that may have been written where names cannot be exchanged.
  public static func recover(_ path: String) {
    Leftovers(of: resolvedPath(path)).remove()
  }

  /// Writes one file of the new directory, which is on the disk when this returns.
  public func write(_ name: String, _ bytes: [UInt8]) throws(OutputError) {
    precondition(!isFinished, "the directory is written already")
    precondition(!name.contains("/"), "files lie in the directory itself")
    try FileOutput.create(temporary + "/" + name, bytes, shownAs: path + "/" + name)
  }

  /// Adds to a file of the new directory, which may be new; it is on the disk after `commit()`.
  public func append(_ name: String, _ bytes: [UInt8]) throws(OutputError) {
    precondition(!isFinished, "the directory is written already")
    precondition(!name.contains("/"), "files lie in the directory itself")
    let shown = path + "/" + name
    let file: Int32
    if let known = growing[name] {
      file = known
    } else {
      file = open(temporary + "/" + name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      guard file >= 0 else { throw OutputError(path: shown, action: "creating", code: errno) }
      growing[name] = file
    }
    try FileOutput.write(bytes, to: file, name: shown)
  }

  private func closeGrowing() throws(OutputError) {
    defer { abandonGrowing() }
    for (name, file) in growing {
      guard fsync(file) == 0 || errno == EINVAL else {
        throw OutputError(path: path + "/" + name, action: "writing", code: errno)
      }
    }
  }

  private func abandonGrowing() {
    for file in growing.values { close(file) }
    growing = [:]
  }

  /// Puts the new directory in place of the old one, which is removed.
  public func commit() throws(OutputError) {
    precondition(!isFinished, "the directory is written already")
    try closeGrowing()
    try Self.checkReplaceable(target, shownAs: path, kind)
    for name in others(in: target) {
      guard linkTree(target + "/" + name, temporary + "/" + name) else {
        throw .notKept(path: path + "/" + name)
      }
    }
    synchronizeDirectory(temporary)
    try putInPlace()
    synchronizeDirectory(parentPath(of: target))
    isFinished = true
    if lock >= 0 { close(lock) }
    // After an exchange the hidden name holds the old directory.
    removeOld(temporary)
  }

  /// What others have put into a directory and the new one does not write.
  private func others(in directory: String) -> [String] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return entries.sorted().filter {
      var status = stat()
      return !kind.owns(directory, $0) && lstat(temporary + "/" + $0, &status) != 0
    }
  }

  /// Removes the old directory, but for what others put there while the new one took its place.
  private func removeOld(_ directory: String) {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    for name in entries where !kind.owns(directory, name) {
      var status = stat()
      if lstat(target + "/" + name, &status) != 0 {
        rename(directory + "/" + name, target + "/" + name)
      }
    }
    removeTree(directory)
  }

  /// Gives up: what was written is removed and the old directory stays. Does nothing after
  /// `commit()`.
  public func discard() {
    abandonGrowing()
    guard !isFinished else { return }
    isFinished = true
    if lock >= 0 { close(lock) }
    removeTree(temporary)
  }

  /// Others may put a directory there, or take one away, between a look and a step: then it is looked anew.
  private func putInPlace() throws(OutputError) {
    for _ in 0..<100 {
      var status = stat()
      if stat(target, &status) == 0 {
        if exchangeNames(temporary, target) { return }
        if stat(target, &status) == 0 { return try replaceInTwoSteps() }
      }
      if rename(temporary, target) == 0 { return }
      guard errno == ENOTEMPTY || errno == EEXIST else { break }
    }
    throw OutputError(path: path, action: "renaming", code: errno)
  }

  private func replaceInTwoSteps() throws(OutputError) {
    let backup = siblingPath(of: target, kind: "old")
    guard rename(target, backup) == 0 else {
      throw OutputError(path: path, action: "renaming", code: errno)
    }
    guard rename(temporary, target) == 0 else {
      let code = errno
      rename(backup, target)
      throw OutputError(path: path, action: "renaming", code: code)
    }
    synchronizeDirectory(parentPath(of: target))
    removeOld(backup)
  }

  private static func checkReplaceable(
    _ target: String, shownAs path: String, _ kind: DirectoryKind
  ) throws(OutputError) {
    var status = stat()
    guard stat(target, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .wrongKind(path: path, expectsDirectory: true)
    }
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: target)) ?? []
    if entries.isEmpty { return }
    guard entries.contains(kind.marker) else {
      throw .notReplaceable(path: path, marker: kind.marker)
    }
    guard kind.recognises(target) else { throw .otherMarker(path: path, marker: kind.marker) }
  }
}

/// Exchanges two names in one step; false where the system or file system cannot.
private func exchangeNames(_ a: String, _ b: String) -> Bool {
  #if canImport(Darwin)
    return renamex_np(a, b, UInt32(RENAME_SWAP)) == 0
  #else
    // glibc declares renameat2 for GNU sources only, which Swift does not import; 2 exchanges.
    typealias Rename =
      @convention(c) (
        Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
      ) -> Int32
    guard let symbol = dlsym(nil, "renameat2") else { return false }
    return unsafeBitCast(symbol, to: Rename.self)(AT_FDCWD, a, AT_FDCWD, b, 2) == 0
  #endif
}
