import Foundation

/// Bytes on their way into a temporary file, because they are too many for memory.
struct SpilledBytes {
  private let file: ScratchFile
  private let name: String

  init(name: String) throws(DataErrors) {
    self.name = name
    do {
      file = try ScratchFile()
    } catch {
      throw DataErrors(error.problem, at: .init(file: name))
    }
  }

  func append(_ bytes: [UInt8]) throws(DataErrors) {
    var failure: ScratchError?
    bytes.withUnsafeBytes { buffer in
      do throws(ScratchError) { try file.append(buffer) } catch { failure = error }
    }
    if let failure { throw DataErrors(failure.problem, at: .init(file: name)) }
  }

  /// All of them, to be read in order.
  func mapped() throws(DataErrors) -> FileBytes {
    guard file.count > 0 else { return FileBytes([]) }
    let block = mmap(nil, file.count, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
    guard let block, block != MAP_FAILED else {
      throw DataErrors(
        ScratchError(action: "mapping", code: errno).problem, at: .init(file: name))
    }
    return FileBytes(mapped: block, count: file.count, of: file)
  }
}
