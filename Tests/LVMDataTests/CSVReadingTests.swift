import Foundation
import LVMData
import Testing

/// The rendered errors of reading a text.
func readingErrors(_ csv: String, name: String = "data.csv") -> String {
  do {
    _ = try Table(csv: csv, name: name)
    return "no error"
  } catch {
    return "\(error)"
  }
}

@Suite struct CSVReadingTests {
  @Test func quotesHoldSeparatorsBreaksAndQuotes() throws {
    let table = try Table(csv: "\u{feff}\"a, b\",c\r\n\"x\"\"y\r\nz\",1\r\n\r\n plain , 2 \r\n")
    #expect(table.columns.map(\.name) == ["a, b", "c"])
    #expect(table.rowCount == 2)
    #expect(table.columns[0].label(0) == "x\"y\r\nz")
    #expect(table.columns[0].label(1) == "plain")
    #expect(table.columns[1].storage.doubles() == [1, 2])
  }

  @Test func linesAreCountedAsAnEditorDoes() throws {
    let table = try Table(csv: "a,b\n1,\"x\ny\"\n\n\n2,z\r3,w\r\n4,v")
    #expect((0..<4).map { table.line(ofRow: $0) } == [2, 6, 7, 8])
  }

  @Test(arguments: ["a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "a,b\r1,2\r3,4\r", "\n\na,b\n1,2\n3,4"])
  func lineBreaksOfEveryKind(_ text: String) throws {
    let table = try Table(csv: text)
    #expect(table.columns.map(\.name) == ["a", "b"])
    #expect(table.columns[0].storage.doubles() == [1, 3])
    #expect(table.columns[1].storage.doubles() == [2, 4])
  }

  @Test func missingCells() throws {
    let table = try Table(csv: "a,b\n,x\nNA,NA\nnan,\"\"\nNaN,na\nNAN,Na\n\"NA\",\n\"\" , \n3,y\n")
    #expect(table.columns[0].missingCount == 7)
    #expect(table.columns[0].storage.value(7) == 3)
    // Only the capitals mean a missing value; sodium does not.
    #expect(table.columns[1].labels == ["Na", "na", "x", "y"])
    #expect(table.columns[1].missingCount == 4)
  }

  @Test func truthValuesAreNumbersOnlyAmongThemselves() throws {
    let table = try Table(csv: "a,b,c\nTRUE,TRUE,true\nfalse,1,\nNA,0,False\n")
    #expect(table.columns[0].isLogical)
    #expect(table.columns[0].storage.doubles().prefix(2) == [1, 0])
    #expect(table.columns[0].labels == ["FALSE", "TRUE"])
    #expect(!table.columns[1].isNumeric)
    #expect(table.columns[2].isLogical)
  }

  @Test func textColumnsKeepWhatWasWritten() throws {
    // The first cells look like numbers, and their zeros must survive.
    let table = try Table(csv: "zip,n\n01,1\n1.0,2\nA1,3\n01,4\n")
    let zip = table.columns[0]
    #expect(!zip.isNumeric)
    #expect((0..<4).map { zip.label($0) } == ["01", "1.0", "A1", "01"])
    #expect(zip.firstText?.text == "A1")
    #expect(zip.firstText.flatMap { table.line(ofRow: $0.row) } == 4)
    #expect(table.columns[1].storage.doubles() == [1, 2, 3, 4])
  }

  @Test func separators() throws {
    #expect(try Table(csv: "a\tb\n1,5\t2", name: "d.tsv").columns[1].storage.doubles() == [2])
    let semicolons = try Table(csv: "a;b\n1;2\n", name: "d.csv")
    #expect(semicolons.columns.map(\.name) == ["a", "b"])
    #expect(
      semicolons.warnings.map(\.message) == [
        "the cells of `d.csv` are separated by semicolons, not by commas; read that way"
      ])
    #expect(try Table(csv: "\"a;b\",c\n1,2\n").warnings.isEmpty)
  }

  @Test func rowNamesAndSingleColumns() throws {
    let table = try Table(csv: ",a\nr1,2\n")
    #expect(table.column(named: "row")?.isRowName == true)
    let single = try Table(csv: "v\n1\n\n2\n\"\"\n")
    #expect(single.rowCount == 4)
    #expect(single.columns[0].missingCount == 2)
    #expect(single.warnings.isEmpty)
    #expect((0..<4).map { single.line(ofRow: $0) } == [2, 3, 4, 5])
    #expect(try Table(csv: "a,b\n").rowCount == 0)
  }

  @Test func aMillionColumns() throws {
    let names = (0..<1_000_000).map { "g\($0)" }.joined(separator: ",")
    let cells = [String](repeating: "7", count: 1_000_000).joined(separator: ",")
    let table = try Table(csv: names + "\n" + cells + "\n" + cells)
    #expect(table.columns.count == 1_000_000)
    #expect(table.column(named: "g999999")?.storage.doubles() == [7, 7])
  }

  @Test func errorsNameThePlace() {
    #expect(
      readingErrors("a,b\n1,2\n\n3\n") == """
        data.csv:4: error: this line has 1 cell, and the header has 2 names [ragged-row]
          help: quote cells that contain the separator, as in "a, b"
        """)
    #expect(
      readingErrors("a,b\nr,1,2\n") == """
        data.csv:2: error: this line has 3 cells, and the header has 2 names [ragged-row]
          help: if the first column holds row names, give it a name in the header too
        """)
    #expect(
      readingErrors("a,b\n1,\"x\n2,3\n") == """
        data.csv:2:2: error: a quote opens on this line and never closes [unterminated-quote]
          help: write a quote inside a quoted cell twice: ""
        """)
    #expect(readingErrors("a,b\n1,\"x\"y\n").hasPrefix("data.csv:2:2: error: text follows"))
    #expect(
      readingErrors("")
        == "data.csv: error: the file is empty; a header line was expected [empty-file]"
    )
    #expect(
      readingErrors("1,2.5\n3,4\n") == """
        data.csv:1: error: the first line holds only numbers (1, 2.5); a header line with the \
        columns' names was expected [no-header]
          help: add a first line such as `x1,x2,x3`
        """)
    #expect(
      readingErrors("a,b,a,,a\n1,2,3,4,5\n") == """
        data.csv:1:4: error: column 4 has no name in the header [empty-column-name]
          help: name each column; only the first, for row names, may be left empty
        data.csv:1:3: error: the header names `a` 3 times, in columns 1, 3, 5 [duplicate-column]
          help: give each column its own name
        """)
    #expect(readingErrors("PK\u{3}\u{4}abc").contains("an Excel workbook"))
  }

  @Test func textMustBeUTF8() throws {
    let error = #expect(throws: DataErrors.self) {
      try Table(csv: Array("a,b\n1,x\n2,".utf8) + [0xe9, 0xea, 0x0a], name: "latin.csv")
    }
    #expect(
      error?.description.hasPrefix("latin.csv:3:2: error: the text is not valid UTF-8") == true)
    #expect(try Table(csv: "größe\nüber\n").columns[0].labels == ["über"])
  }

  @Test func filesThatCannotBeRead() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lvm-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data("a\n1\n".utf8).write(to: URL(fileURLWithPath: folder + "/faithful.csv"))
    let missing = #expect(throws: DataErrors.self) {
      try Table.read(path: folder + "/faithfull.csv")
    }
    #expect(
      missing?.description == """
        \(folder)/faithfull.csv: error: there is no such file [file-not-found]
          help: did you mean `\(folder)/faithful.csv`?
        """)
    let directory = #expect(throws: DataErrors.self) { try Table.read(path: folder) }
    #expect(directory?.items.first?.code == "file-is-directory")

    let table = try Table.read(path: folder + "/faithful.csv")
    // printf 'a\n1\n' | sha256sum
    #expect(
      try table.sha256() == "309b0e45a73d3fc5325e2b6ed0a01ef8b9cde6b05a5633c1f893f970d52bfddc")
    let other = try Table.read(path: folder + "/faithful.csv")
    try Data("a\n12\n".utf8).write(to: URL(fileURLWithPath: folder + "/faithful.csv"))
    // What was digested was what was read.
    #expect(
      try table.sha256() == "309b0e45a73d3fc5325e2b6ed0a01ef8b9cde6b05a5633c1f893f970d52bfddc")
    let changed = #expect(throws: DataErrors.self) { try other.sha256() }
    #expect(changed?.items.first?.code == "file-changed")
  }

  @Test func digests() throws {
    // From FIPS 180-4 and coreutils' sha256sum.
    #expect(
      try Table(csv: "abc").sha256()
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      try Table(csv: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").sha256()
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    let a = try Table(columns: [Column("a", [1, 2])]).sha256()
    #expect(try Table(columns: [Column("a", [1, 3])]).sha256() != a)
  }
}
