import Foundation
import LVMData
import Testing

/// Text of other encodings, separators at the ends of lines, and what is no table at all.
@Suite struct EncodingTests {
  private let text = "name,x\nZürich,1\nBäle,2.5\n\"名, 𝄞\",3\n"

  @Test(arguments: [
    (String.Encoding.utf16LittleEndian, [UInt8]([0xff, 0xfe])), (.utf16BigEndian, [0xfe, 0xff]),
    (.utf16LittleEndian, []), (.utf16BigEndian, []),
    (.utf32LittleEndian, [0xff, 0xfe, 0, 0]), (.utf32BigEndian, [0, 0, 0xfe, 0xff]),
  ])
  func wideText(_ encoding: String.Encoding, _ mark: [UInt8]) throws {
    let bytes = mark + [UInt8](try #require(text.data(using: encoding)))
    let table = try Table(csv: bytes, name: "wide.csv")
    #expect(table.columns[0].labels == ["Bäle", "Zürich", "名, 𝄞"])
    #expect(table.columns[1].storage.doubles() == [1, 2.5, 3])
    #expect(table.warnings.isEmpty)
    // Cut in the middle of a character.
    let error = #expect(throws: DataErrors.self) {
      try Table(csv: Array(bytes.dropLast()), name: "wide.csv")
    }
    #expect(error?.items.first?.code == "foreign-format")
  }

  @Test func westernText() throws {
    let bytes = Array("ville;né\nNÎMES;1,5\nb€b;2,5\nGenève;3,5\n".unicodeScalars).map {
      $0 == "€" ? 0x80 : UInt8($0.value)
    }
    let table = try Table(csv: bytes, name: "latin.csv")
    #expect(table.columns.map(\.name) == ["ville", "né"])
    #expect(table.columns[0].labels == ["Genève", "NÎMES", "b€b"])
    #expect(table.columns[1].storage.doubles() == [1.5, 2.5, 3.5])
    #expect(
      table.warnings.first?.message
        == "`latin.csv` is not UTF-8; it is read as Windows-1252 (Latin-1), which makes a text `né`"
    )
  }

  @Test func otherTextIsRefused() throws {
    func code(_ bytes: [UInt8]) -> String {
      do {
        _ = try Table(csv: Array("a,b\nx,1\n".utf8) + bytes + Array(",2\n".utf8), name: "d.csv")
        return "none"
      } catch {
        return error.items[0].code
      }
    }
    // UTF-8 that was cut once is not Latin-1; nor are Greek (ISO 8859-7) and Japanese (Shift JIS).
    #expect(code(Array("Zürich".utf8) + [0xc3]) == "not-utf8")
    #expect(code([0xc1, 0xe8, 0xde, 0xed, 0xe1]) == "not-utf8")
    #expect(code([0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea]) == "not-utf8")
    #expect(code([0x41, 0x81]) == "not-utf8")
    #expect(code([0x41, 0xe9]) == "none")
    #expect(code([0x41, 0]) != "none")
  }

  @Test func whatIsNoTable() throws {
    for (bytes, word) in [
      ([UInt8](repeating: 0, count: 5000), "binary data"),
      (Array("a,b\n".utf8) + [0, 1, 2, 3, 0, 0, 0, 9], "binary data"),
      ([0xd0, 0xcf, 0x11, 0xe0, 0xa1], "an Excel workbook"),
      ([0x42, 0x5a, 0x68, 0x39], "compressed by bzip2"), (Array("%PDF-1.7".utf8), "a PDF"),
    ] {
      let error = #expect(throws: DataErrors.self) { try Table(csv: bytes, name: "d") }
      #expect(error?.description.contains(word) == true)
    }
    // A device without an end is refused at its beginning.
    for device in ["/dev/zero", "/dev/urandom"] {
      let error = #expect(throws: DataErrors.self) { try Table.read(path: device) }
      #expect(error?.items.first?.code == "foreign-format")
    }
  }

  @Test func separatorsAtTheEnd() throws {
    for text in [
      "a,b,\n1,2,\n3,4,\n", "a,b\n1,2,\n3,4,\n", "a,b,\n1,2\n3,4\n", "a,b,,,\n1,2,,,\n3,4,,,\n",
      "a,b\n1,2,,\n3,4\n", "a;b;\r\n1;2;\r\n3;4;\r\n", "sep=;\r\na;b\r\n1;2\r\n3;4\r\n",
      "a|b\n1|2\n3|4\n", "a,b, \n1,2, \n3,4,\"\"\n",
    ] {
      let table = try Table(csv: text)
      #expect(table.columns.map(\.name) == ["a", "b"], "\(text)")
      #expect(table.columns.map { $0.storage.doubles() } == [[1, 3], [2, 4]], "\(text)")
    }
    #expect(try Table(csv: "v,\n1,\n2,\n").columns[0].storage.doubles() == [1, 2])
    #expect(try Table(csv: "a\tb\t\n1\t\t\n", name: "t.tsv").columns[1].missingCount == 1)
    // A cell without a name is not passed over, nor is one too many.
    #expect(readingErrors("a,b,\n1,2,\n3,4,5\n").contains("[empty-column-name]"))
    #expect(readingErrors("a,b\n1,2,\n3,4,5\n").contains("[ragged-row]"))
    #expect(readingErrors("a,b,\n1\n").contains("[ragged-row]"))
    #expect(try Table(csv: "sep=;\na;b\n1;2\nx;3\n", name: "d.csv").line(ofRow: 1) == 4)
  }

  @Test func compressedArraysByPath() throws {
    let header = "{'descr': '<i4', 'fortran_order': False, 'shape': (600, 2), }\n"
    var array: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
    array += Array(header.utf8)
    for i in 0..<1200 { withUnsafeBytes(of: Int32(i % 251).littleEndian) { array += Array($0) } }
    let folder = try TemporaryFolder()
    try folder.write("x.npy", array)
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/bin/sh")
    gzip.arguments = ["-c", "gzip -k \"$0\"", folder.path("x.npy")]
    try gzip.run()
    gzip.waitUntilExit()
    let plain = try Table.read(path: folder.path("x.npy"))
    for memory in [nil, 1000, 100_000] as [Int?] {
      let table = try Table.read(path: folder.path("x.npy.gz"), memory: memory)
      #expect(table.rowCount == 600)
      for column in 0..<2 {
        #expect(
          table.columns[column].storage.doubles() == plain.columns[column].storage.doubles())
      }
    }
    #expect(plain.columns[1].storage.doubles().prefix(3) == [1, 3, 5])
  }
}
