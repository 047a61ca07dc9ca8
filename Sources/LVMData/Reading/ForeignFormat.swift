/// Formats that are no table, by how their files begin; `nil` where nothing speaks against text.
func foreignFormat(_ bytes: FileBytes) -> ReadingProblem? {
  let known: [(beginning: [UInt8], format: String, advice: String)] = [
    ([0x50, 0x4b, 0x03, 0x04], "a zip archive or an Excel workbook", "export the sheet as CSV"),
    ([0xd0, 0xcf, 0x11, 0xe0], "an Excel workbook", "export the sheet as CSV"),
    ([0x50, 0x41, 0x52, 0x31], "a Parquet file", "export it as CSV"),
    (Array("ARROW1".utf8), "an Arrow file", "export it as CSV"),
    (Array("SQLite format 3".utf8), "an SQLite database", "export a table of it as CSV"),
    ([0x89, 0x48, 0x44, 0x46], "an HDF5 file", "export it as CSV or .npy"),
    (Array("%PDF-".utf8), "a PDF document", "export the table as CSV"),
    (Array("BZh".utf8), "compressed by bzip2", "decompress it first, or compress it by gzip"),
    (
      [0xfd, 0x37, 0x7a, 0x58, 0x5a], "compressed by xz",
      "decompress it first, or compress it by gzip"
    ),
    (
      [0x28, 0xb5, 0x2f, 0xfd], "compressed by zstd",
      "decompress it first, or compress it by gzip"
    ),
  ]
  if let found = known.first(where: { bytes.starts(with: $0.beginning) }) {
    return .foreignFormat(found.format, advice: found.advice)
  }
  let first = UnsafeBufferPointer(start: bytes.base, count: min(bytes.count, 4096))
  guard first.contains(0) else { return nil }
  return .foreignFormat(
    "binary data, not valid UTF-8 text", advice: "give a CSV or TSV text, or an .npy array")
}

/// What a stream without an end would never tell: that its beginning is neither text, nor compressed, nor
/// an array.
func endlessFormat(_ bytes: [UInt8]) -> ReadingProblem? {
  let beginning = FileBytes(Array(bytes.prefix(4096)))
  if beginning.starts(with: [0x1f, 0x8b]) || beginning.starts(with: NPYHeader.magic) { return nil }
  if TextEncoding.isWide(beginning) { return nil }
  return foreignFormat(beginning)
}
