import Foundation

/// Bytes that stay where they are: a file mapped into memory, or a block on the heap.
final class FileBytes: @unchecked Sendable {
  // Sendable: nothing changes after `init`.
  let base: UnsafePointer<UInt8>
  let count: Int
  let isMapped: Bool
  private let file: ScratchFile?

  /// Takes over a block from `malloc`.
  init(owned block: UnsafeMutableRawPointer, count: Int) {
    file = nil
    base = UnsafePointer(block.assumingMemoryBound(to: UInt8.self))
    self.count = count
    isMapped = false
  }

  /// Takes over a mapping; `file` is kept as long.
  init(mapped block: UnsafeMutableRawPointer, count: Int, of file: ScratchFile? = nil) {
    self.file = file
    base = UnsafePointer(block.assumingMemoryBound(to: UInt8.self))
    self.count = count
    isMapped = true
  }

  /// A copy of an array.
  convenience init(_ bytes: [UInt8]) {
    let block = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
    bytes.withUnsafeBytes { source in
      if let from = source.baseAddress { block.copyMemory(from: from, byteCount: bytes.count) }
    }
    self.init(owned: block, count: bytes.count)
  }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: base), count)
    } else {
      free(UnsafeMutableRawPointer(mutating: base))
    }
  }

  func starts(with prefix: [UInt8]) -> Bool {
    count >= prefix.count && prefix.indices.allSatisfy { base[$0] == prefix[$0] }
  }
}

/// What tells one version of a file from another without reading it.
struct FileIdentity: Sendable, Hashable {
  var device: UInt64
  var inode: UInt64
  var size: Int
  var seconds: Int
  var nanoseconds: Int

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    size = Int(status.st_size)
    #if canImport(Darwin)
      seconds = status.st_mtimespec.tv_sec
      nanoseconds = status.st_mtimespec.tv_nsec
    #else
      seconds = status.st_mtim.tv_sec
      nanoseconds = status.st_mtim.tv_nsec
    #endif
  }
}

/// Opens a file for reading and says what is wrong with it in plain words.
func openFile(_ path: String, name: String) throws(DataErrors) -> (descriptor: Int32, status: stat)
{
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw DataErrors(openProblem(errno, path), at: .init(file: name)) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else {
    let reason = String(cString: strerror(errno))
    close(descriptor)
    throw DataErrors(.cannotRead(reason: reason), at: .init(file: name))
  }
  if status.st_mode & S_IFMT == S_IFDIR {
    close(descriptor)
    throw DataErrors(.isDirectory, at: .init(file: name))
  }
  return (descriptor, status)
}

private func openProblem(_ code: Int32, _ path: String) -> ReadingProblem {
  switch code {
  case ENOENT, ENOTDIR:
    let url = URL(fileURLWithPath: path)
    let siblings =
      (try? FileManager.default.contentsOfDirectory(
        atPath: url.deletingLastPathComponent().path)) ?? []
    let near = suggestion(for: url.lastPathComponent, among: siblings.sorted())
    let folder =
      path.hasSuffix(url.lastPathComponent)
      ? String(path.dropLast(url.lastPathComponent.count)) : ""
    return .notFound(nearest: near.map { folder + $0 })
  case EACCES, EPERM: return .notPermitted
  default: return .cannotRead(reason: String(cString: strerror(code)))
  }
}

/// The beginning of a plain file, and what the file is; `nil` where it is none.
func readBeginning(
  _ path: String, name: String
) throws(DataErrors) -> (bytes: FileBytes, identity: FileIdentity)? {
  let (descriptor, status) = try openFile(path, name: name)
  defer { close(descriptor) }
  guard status.st_mode & S_IFMT == S_IFREG else { return nil }
  var bytes = [UInt8](repeating: 0, count: min(1 << 16, Int(status.st_size)))
  let code = bytes.withUnsafeMutableBytes { readFully(descriptor, $0, at: 0) }
  guard code == 0 else {
    throw DataErrors(.cannotRead(reason: String(cString: strerror(code))), at: .init(file: name))
  }
  return (FileBytes(bytes), FileIdentity(status))
}

/// The whole of a file: mapped where it is a plain one, else read to its end.
func readFile(
  _ path: String, name: String, memory: Int? = nil
) throws(DataErrors) -> (FileBytes, FileIdentity?) {
  let (descriptor, status) = try openFile(path, name: name)
  defer { close(descriptor) }
  guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
    return (try readToEnd(descriptor, name: name, memory: memory), nil)
  }
  let size = Int(status.st_size)
  let block = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
  if let block, block != MAP_FAILED {
    madvise(block, size, MADV_SEQUENTIAL)
    return (FileBytes(mapped: block, count: size), FileIdentity(status))
  }
  return (try readToEnd(descriptor, name: name, memory: memory), FileIdentity(status))
}

/// Keeps only the part of mapped bytes in memory that is being read.
///
/// Pages ahead are mapped many at once, because a fault for each takes longer than reading it; pages
/// behind are let go, and come back from the file if they are wanted again.
struct ReadingWindow {
  private let bytes: FileBytes
  private var done = 0
  private var ahead = 0
  private static let step = 4 << 20

  init(_ bytes: FileBytes) {
    self.bytes = bytes
    advance(to: 0)
  }

  /// Says that reading has come to `position`.
  mutating func advance(to position: Int) {
    guard bytes.isMapped else { return }
    let base = UnsafeMutableRawPointer(mutating: bytes.base)
    if position < done { (done, ahead) = (0, 0) }
    let behind = position / Self.step * Self.step
    if behind > done {
      madvise(base + done, behind - done, Int32(MADV_DONTNEED))
      done = behind
    }
    #if os(Linux)
      let end = min(bytes.count, (position / Self.step + 2) * Self.step)
      if end > ahead {
        // MADV_POPULATE_READ, since Linux 5.14; where it is not known pages come one by one.
        madvise(base + ahead, end - ahead, 22)
        ahead = end
      }
    #endif
  }
}

/// Bytes of one table that are held at a time: half of this machine's memory.
func memoryLimit() -> Int { Int(clamping: ProcessInfo.processInfo.physicalMemory / 2) }

/// Everything a descriptor has to give, such as standard input or a pipe.
///
/// What is more than `memory` bytes goes to a temporary file, which is mapped.
func readToEnd(
  _ descriptor: Int32, name: String, memory: Int? = nil
) throws(DataErrors) -> FileBytes {
  var bytes: [UInt8] = []
  var spilled: SpilledBytes?
  var piece = [UInt8](repeating: 0, count: 1 << 20)
  var isBeginning = true
  let limit = memoryLimit()
  while true {
    let got = read(descriptor, &piece, piece.count)
    if got == 0 { return try spilled?.mapped() ?? FileBytes(bytes) }
    if got < 0 {
      if errno == EINTR { continue }
      throw DataErrors(
        .cannotRead(reason: String(cString: strerror(errno))), at: .init(file: name))
    }
    if isBeginning, got >= 4096 || !bytes.isEmpty {
      // A device may have no end.
      isBeginning = false
      if let problem = endlessFormat(bytes + piece[..<got]) {
        throw DataErrors(problem, at: .init(file: name))
      }
    }
    if let memory, spilled == nil, bytes.count + got > memory / 4 {
      spilled = try SpilledBytes(name: name)
      try spilled?.append(bytes)
      bytes = []
    }
    if let spilled {
      try spilled.append(Array(piece[..<got]))
    } else {
      bytes.append(contentsOf: piece[..<got])
      guard bytes.count <= limit else { throw DataErrors(.tooLarge, at: .init(file: name)) }
    }
  }
}

/// The digest of a file that was read before.
func digestOfFile(
  path: String, name: String, identity: FileIdentity
) throws(DataErrors) -> String {
  let (descriptor, status) = try openFile(path, name: name)
  defer { close(descriptor) }
  guard FileIdentity(status) == identity else {
    throw DataErrors(.changedSinceReading, at: .init(file: name))
  }
  var digest = SHA256()
  let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
  defer { piece.deallocate() }
  while true {
    let got = read(descriptor, piece.baseAddress, piece.count)
    if got == 0 { return digest.finish() }
    if got < 0 {
      if errno == EINTR { continue }
      throw DataErrors(
        .cannotRead(reason: String(cString: strerror(errno))), at: .init(file: name))
    }
    digest.update(UnsafeRawBufferPointer(rebasing: piece[..<got]))
  }
}
