import Foundation
import LVMData
import Testing

/// Ids and labels are compared as they are written, and come out as they went in.
@Suite struct WrittenTextTests {
  private func group(_ csv: String) throws -> GroupIndex {
    let binding = try Table(csv: csv).bind([request("id", role: .group)])
    return try #require(binding.group("id"))
  }

  private func category(
    _ csv: String, _ k: Int? = nil, options: BindingOptions = .init()
  ) throws -> BoundVariable {
    let size = k.map { RequestedSize.fixed($0) } ?? .unknown(symbol: "K")
    let binding = try Table(csv: csv).bind(
      [request("k", .category(size: size, labels: nil))], options: options)
    return try #require(binding["k"])
  }

  @Test func idsBeyondDoublesStayApart() throws {
    let index = try group(
      "id,y\n90071992547409931,1\n90071992547409932,2\n90071992547409931,3\n90071992547409933,4\n")
    #expect(index.groupOfRow == [0, 1, 0, 2])
    #expect(
      index.labels == [["90071992547409931"], ["90071992547409932"], ["90071992547409933"]])
    // Longer than any integer of the machine, negative, and in quotes.
    let long = "\"123456789012345678901234567890\""
    let other = "\"123456789012345678901234567891\""
    #expect(try group("id,y\n\(long),1\n\(other),2\n\(long),3\n").groupOfRow == [0, 1, 0])
    #expect(try group("id,y\n-9007199254740993,1\n-9007199254740992,2\n").count == 2)
    // Nanoseconds since 1970, with a point.
    #expect(try group("id,y\n1700000000.123456781,1\n1700000000.123456782,2\n").count == 2)
    // The first rows alone would not tell.
    let late = try group("id,y\n1,1\n2,2\n90071992547409931,3\n90071992547409932,4\n1,5\n")
    #expect(late.groupOfRow == [0, 1, 2, 3, 0])
    #expect(late.labels.first == ["1"])
  }

  @Test func zerosBeforeIdsCount() throws {
    let index = try group("id,y\n7,1\n007,2\n07,3\n007,4\n")
    #expect(index.groupOfRow == [0, 1, 2, 1])
    #expect(index.labels == [["7"], ["007"], ["07"]])
    let table = try Table(csv: "id,y\n7,1\n007,2\n")
    #expect(table.columns[0].isNumeric)
    #expect(table.columns[0].storage.doubles() == [7, 7])
    #expect(table.columns[0].label(1) == "007")
    #expect(try category("k\n007\n7\n007\n").values == [0, 1, 0])
    #expect(try category("k\n007\n7\n").labels == ["007", "7"])
  }

  @Test func decimalsAreOneHoweverManyZerosEndThem() throws {
    #expect(try group("id,y\n7,1\n7.0,2\n+7,3\n7.00,4\n7.5,5\n").groupOfRow == [0, 0, 0, 0, 1])
    // Beside an id that needs its text, and beside one that is no number.
    #expect(try group("id,y\n7,1\n7.0,2\n007,3\n").groupOfRow == [0, 0, 1])
    #expect(try group("id,y\n7,1\n7.0,2\nA7,3\n-0,4\n0,5\n").groupOfRow == [0, 0, 1, 2, 2])
    #expect(try group("id,y\n90071992547409931,1\n90071992547409931.0,2\n").count == 1)
    // An exponent is no part of an id among words: 1e3 and 1000 may both be names.
    #expect(try group("id,y\n1e3,1\n1000,2\nff0,3\n").count == 3)
  }

  @Test func printedDoublesNeedNoText() throws {
    // What programs print, with any number of digits, is told by the double.
    for value in [0.1, 1.0 / 3, 2.0.squareRoot() * 1e-7, 123456.789012345, 5e-9, 1 - 0x1p-53] {
      let printed = ["%.17g", "%.18e", "%.25f"].map { String(format: $0, value) }
      for text in [value.description] + printed {
        let column = try Table(csv: "x\n\(text)\n0\n").columns[0]
        #expect(column.labels == ["0", value.description], "\(text)")
      }
    }
    // A digit that no double prints is kept.
    let column = try Table(csv: "x\n0.30000000000000001\n0.30000000000000002\n").columns[0]
    #expect(column.labels == ["0.30000000000000001", "0.30000000000000002"])
  }

  @Test func paddedIndicesAreIndices() throws {
    let k = try category("k\n03\n01\n12\n", 12)
    #expect(k.values == [2, 0, 11])
    #expect(k.labels?.first == "01" && k.labels?.last == "12")
    #expect(try category("k\n3\n01\n12\n", 12).labels == ["01", "3", "12"])
  }

  @Test func labelsOfAFitAreFoundByTheirText() throws {
    let memory = BindingMemory(labels: ["k": ["007", "7", "90071992547409931"]])
    let options = BindingOptions(memory: memory)
    #expect(try category("k\n7\n007\n90071992547409931\n", options: options).values == [1, 0, 2])
    #expect(try category("k\n7\n7.0\n", options: options).values == [1, 1])
    #expect(try category("k\n7\n007\nNA\n", options: options).missingCount == 1)
    #expect(throws: DataErrors.self) {
      try category("k\n90071992547409932\n", options: options)
    }
    #expect(throws: DataErrors.self) { try category("k\n90071992547409936\n", options: options) }
    #expect(throws: DataErrors.self) { try category("k\n07\n", options: options) }
  }

  @Test func quotedNAIsALabel() throws {
    let countries = try category("k\n\"NA\"\nDE\nNA\n\"\"\n\"NA\"\n")
    #expect(countries.labels == ["DE", "NA"])
    #expect(countries.values.prefix(2) == [1, 0])
    #expect(countries.missingCount == 2)
    // Also where all other labels are numbers, and as the name of a group.
    let codes = try category("k\n1\n\"NA\"\n2\nNA\n")
    #expect(codes.labels == ["1", "2", "NA"])
    #expect(codes.missingCount == 1)
    #expect(try group("id,y\n\"NA\",1\nb,2\n\"NA\",3\n").groupOfRow == [0, 1, 0])
    #expect(throws: DataErrors.self) { try group("id,y\nNA,1\nb,2\n") }
    // Among numbers it is no number.
    let x = try Table(csv: "x\n\"1.5\"\n\"NA\"\n\"2\"\n").bind([request("x")])["x"]
    #expect(x?.missing == [false, true, false])
    // It is written as it has to be read.
    var writer = CSVWriter(header: ["k"])
    writer.append([.text("NA")])
    writer.append([.missing])
    let again = try Table(csv: String(decoding: writer.take(), as: UTF8.self))
    #expect(again.columns[0].label(0) == "NA" && again.columns[0].label(1) == nil)
  }

  @Test func idsWithSpacesAndPointsComeOutAsTheyWentIn() throws {
    let spaced = try group("id,y\n123 456 789,1\n123 456 780,2\n123 456 789,3\n")
    #expect(spaced.groupOfRow == [0, 1, 0])
    #expect(spaced.labels == [["123 456 789"], ["123 456 780"]])
    #expect(try group("id;y\n1.234.567;1\n1.234.568;2\n").labels.first == ["1.234.567"])
    #expect(try category("k;y\n2,5;1\n1,5;2\n2,5;3\n").labels == ["1,5", "2,5"])
    // Numbers stand before words, each in an order of its own.
    #expect(try category("k\n2\n10\n1a\n\"NaN\"\n").labels == ["2", "10", "1a", "NaN"])
  }

  @Test func accentsAreOneHoweverComposed() throws {
    let index = try group("id,y\nJos\u{e9},1\nJose\u{301},2\nJose,3\n")
    #expect(index.groupOfRow == [0, 0, 1])
    #expect(try category("k\nJos\u{e9}\nJose\u{301}\nJose\n").labels?.count == 2)
  }

  @Test func numbersBesideIdsStayNumbers() throws {
    let table = try Table(csv: "zip,x\n00501,1\n10001,5\n90210,3\n", name: "d.csv")
    let binding = try table.bind([request("zip"), request("x")])
    #expect(binding["zip"]?.values == [501, 10001, 90210])
    #expect((0..<3).map { table.columns[0].label($0) } == ["00501", "10001", "90210"])
    let rest = try table.bind([request("v", .real, [sizeD])])
    #expect(rest.warnings.map(\.code) == ["looks-like-identifier"])
  }

  @Test func idsOfTablesOnTheDisk() throws {
    let lines = (0..<5000).map { "9007199254740\($0 % 7 + 9930),\($0)" }
    let folder = try TemporaryFolder()
    try folder.write("big.csv", Array(("id,y\n" + lines.joined(separator: "\n")).utf8))
    let table = try Table.read(path: folder.path("big.csv"), memory: 20_000)
    let index = try #require(try table.bind([request("id", role: .group)]).group("id"))
    #expect(index.count == 7)
    #expect(table.column(named: "y")?.storage.doubles() == (0..<5000).map(Double.init))
  }
}
