import Foundation
import LVMData
import Testing

/// The files were made by `Files/make-files.py`.
@Suite struct BinaryReadingTests {
  private func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Files/\(name)")
      .path
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  private func code(_ bytes: [UInt8], _ name: String = "data.npy") -> String {
    do {
      _ = try Table(csv: bytes, name: name)
      return "none"
    } catch {
      return error.items.map(\.code).joined(separator: " ")
    }
  }

  @Test(arguments: [
    "grid-f4.npy", "grid-f8.npy", "grid-fortran.npy", "grid-u1.npy", "grid-i8.npy", "images-u1.npy",
    "line.npy", "truth.npy", "tabs.tsv.gz", "two-members.csv.gz",
  ])
  func sameCellsFromTheDisk(_ name: String) throws {
    let whole = try Table.read(path: path(name))
    let blocks = try Table.read(path: path(name), memory: 1)
    #expect(whole.memoryLimit == nil && blocks.memoryLimit == 1)
    #expect(whole.columns.map(\.name) == blocks.columns.map(\.name))
    #expect(whole.columns.map(\.summary) == blocks.columns.map(\.summary))
    for (a, b) in zip(whole.columns, blocks.columns) {
      #expect(a.labels == b.labels)
      for row in 0..<whole.rowCount { #expect(a.label(row) == b.label(row)) }
    }
    #expect(try whole.sha256() == blocks.sha256())
  }

  @Test(arguments: [
    "grid-f4", "grid-f8", "grid-i1", "grid-i2", "grid-i4", "grid-i8", "grid-u1", "grid-u2",
    "grid-u4", "grid-u8", "version-2", "version-3",
  ])
  func everyTypeAndVersion(_ name: String) throws {
    let table = try Table.read(path: path(name + ".npy"))
    #expect(table.columns.map(\.name) == ["x1", "x2", "x3"])
    #expect(
      table.columns.map { $0.storage.doubles() } == [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]])
    #expect(table.line(ofRow: 0) == nil)
  }

  @Test func ordersShapesAndSpecialValues() throws {
    let fortran = try Table.read(path: path("grid-fortran.npy"))
    #expect(fortran.columns[1].storage.doubles() == [0.125, 0.5, 0.875, 1.25])
    #expect(
      try Table.read(path: path("signed-i2.npy")).columns[0].storage.doubles() == [-300, 7])
    let truth = try Table.read(path: path("truth.npy"))
    #expect(truth.columns[0].isLogical)
    #expect(truth.columns[0].storage.doubles() == [1, 0])
    let line = try Table.read(path: path("line.npy"))
    #expect(line.columns.count == 1)
    #expect(line.columns[0].missingCount == 1)
    #expect(line.columns[0].storage.value(0) == 0.1)
    let images = try Table.read(path: path("images-u1.npy"))
    #expect(images.columns.count == 8)
    #expect(images.columns[3].storage.doubles() == [3, 11])
  }

  @Test func refusedArrays() throws {
    #expect(code(try bytes("grid-big.npy")) == "big-endian-npy")
    #expect(code(try bytes("complex.npy")) == "unsupported-npy-type")
    #expect(code(try bytes("beyond-i8.npy")) == "npy-integer-too-large")
    let grid = try bytes("grid-f8.npy")
    #expect(code(grid.dropLast()) == "npy-size")
    #expect(code(grid + [0]) == "npy-size")
    #expect(code(Array(grid.prefix(20))) == "malformed-npy")
    #expect(code([1, 2, 3]) == "malformed-npy")
    #expect(code(Array(grid.prefix(6)) + [9] + grid.dropFirst(7)) == "malformed-npy")
    let error = #expect(throws: DataErrors.self) { try Table(csv: grid.dropLast(), name: "g.npy") }
    #expect(
      error?.description == """
        g.npy: error: the header promises 96 bytes of numbers, and 95 follow [npy-size]
          help: the file may have been cut off; copy or download it again
        """)
  }

  /// Columns without rows take no bytes: a header of a few dozen bytes could ask for any number.
  @Test func arraysOfNoRowsAreNotWide() throws {
    func array(_ shape: String) -> [UInt8] {
      let header = Array("{'descr': '<f8', 'fortran_order': False, 'shape': (\(shape)), }\n".utf8)
      return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(header.count), 0] + header
    }
    #expect(try Table(csv: array("0, 3"), name: "a.npy").columns.count == 3)
    for width in ["9223372036854775807", "1000000000000", "3037000500, 3037000500"] {
      #expect(code(array("0, \(width)")) == "malformed-npy")
      #expect(code(array("\(width), 0")) == "malformed-npy")
    }
  }

  @Test func gzip() throws {
    let table = try Table.read(path: path("two-members.csv.gz"))
    #expect(table.rowCount == 3)
    #expect(table.columns[0].storage.doubles() == [1, 3, 5])
    #expect(table.columns[1].missingCount == 1)
    let tabs = try Table.read(path: path("tabs.tsv.gz"))
    #expect(tabs.columns.map(\.name) == ["a", "b"])
    #expect(tabs.warnings.map(\.code) == ["number-format"])
  }

  @Test func damagedGzip() throws {
    let whole = try bytes("two-members.csv.gz")
    for length in 1..<whole.count {
      // The first member alone is a whole file.
      let result = code(Array(whole.prefix(length)), "d.csv.gz")
      #expect(result == "corrupt-gzip" || (result == "none" && length < whole.count / 2 + 8))
    }
    #expect(
      (1..<whole.count).filter { code(Array(whole.prefix($0)), "d.csv.gz") == "none" }.count == 1)
    #expect(code(whole + [0, 0, 0], "d.csv.gz") == "none")
    #expect(code(whole + [1, 2, 3], "d.csv.gz") == "corrupt-gzip")
    #expect(code(Array("a\n1\n".utf8), "d.csv.gz") == "corrupt-gzip")
    var flipped = whole
    flipped[12] ^= 0x10
    #expect(code(flipped, "d.csv.gz") == "corrupt-gzip")
  }
}
