import Foundation
import LVMData
import Testing

@Suite struct WritingTests {
  /// A folder for one test, removed afterwards.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lvm-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func text(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }

  private func entries(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func cells() {
    var writer = CSVWriter(header: ["a", "b,c"])
    writer.append([.number(1), .text("say \"hi\"")])
    writer.append([.number(0.1), .text("two\nlines")])
    writer.append([.number(-0.00001), .missing])
    writer.append([.number(1e300), .integer(7)])
    writer.append([.number(.nan), .number(-.infinity)])
    writer.append(rows: [1.5, 2])
    #expect(
      String(decoding: writer.take(), as: UTF8.self) == """
        a,"b,c"
        1,"say ""hi\"""
        0.1,"two
        lines"
        -1e-05,
        1e+300,7
        ,-inf
        1.5,2

        """)
    #expect(writer.bytes.isEmpty)
    var single = CSVWriter(header: ["v"])
    single.append([.missing])
    #expect(String(decoding: single.bytes, as: UTF8.self) == "v\n\"\"\n")
  }

  @Test func aFileIsReplaced() throws {
    try withFolder { folder in
      try FileOutput.replace(folder + "/a.csv", with: Array("one".utf8))
      try FileOutput.replace(folder + "/a.csv", with: Array("two".utf8))
      #expect(text(folder + "/a.csv") == "two")
      #expect(try entries(folder) == ["a.csv"])
      let error = #expect(throws: OutputError.self) {
        try FileOutput.replace(folder + "/none/a.csv", with: [])
      }
      #expect(error?.code == "no-such-directory")
      #expect(throws: OutputError.wrongKind(path: folder, expectsDirectory: false)) {
        try FileOutput.replace(folder, with: [])
      }
      #expect(throws: OutputError.diskFull(path: "/dev/full")) {
        try FileOutput.replace("/dev/full", with: [1])
      }
    }
  }

  @Test func aDirectoryIsReplacedWhole() throws {
    try withFolder { folder in
      let target = folder + "/model.fit"
      try AtomicDirectory.replace(
        target, marker: "fit.json", files: [("fit.json", [0x31]), ("old.csv", [0x32])])
      #expect(try entries(target) == ["fit.json", "old.csv"])
      let next = try AtomicDirectory(replacing: target, marker: "fit.json")
      try next.write("fit.json", [0x33])
      #expect(text(target + "/fit.json") == "1")
      try next.commit()
      #expect(text(target + "/fit.json") == "3")
      #expect(try entries(target) == ["fit.json"])
      let given = try AtomicDirectory(replacing: target, marker: "fit.json")
      try given.write("fit.json", [0x34])
      given.discard()
      #expect(text(target + "/fit.json") == "3")
      #expect(try entries(folder) == ["model.fit"])
    }
  }

  @Test func nobodysWorkIsDeleted() throws {
    try withFolder { folder in
      try FileOutput.replace(folder + "/thesis.txt", with: [0x31])
      let error = #expect(throws: OutputError.self) {
        try AtomicDirectory(replacing: folder, marker: "fit.json")
      }
      #expect(
        error?.description == """
          error: `\(folder)` exists and holds no `fit.json`; it is not replaced \
          [output-not-replaceable]
            help: choose another name with `-o`, or move it away
          """)
      #expect(throws: OutputError.self) {
        try AtomicDirectory(replacing: folder + "/thesis.txt", marker: "fit.json")
      }
    }
  }

  @Test func leftoversOfKilledWritersGo() throws {
    try withFolder { folder in
      let target = folder + "/m.fit"
      let manager = FileManager.default
      // As after a kill while writing, and after one between the two renames of the fallback.
      try manager.createDirectory(
        atPath: folder + "/.m.fit.tmp-999999999-a", withIntermediateDirectories: false)
      try manager.createDirectory(
        atPath: folder + "/.m.fit.old-1-b", withIntermediateDirectories: false)
      try FileOutput.replace(folder + "/.m.fit.old-1-b/fit.json", with: [0x31])
      AtomicDirectory.recover(target)
      #expect(text(target + "/fit.json") == "1")
      #expect(try entries(folder) == ["m.fit"])
      // A living writer's directory is locked, and stays.
      let living = try AtomicDirectory(replacing: target, marker: "fit.json")
      try living.write("fit.json", [0x32])
      AtomicDirectory.recover(target)
      try living.commit()
      #expect(text(target + "/fit.json") == "2")
    }
  }

  /// Whoever looks while the directory is replaced finds it there, its files of one writing.
  @Test func readersNeverMissTheDirectory() throws {
    try withFolder { folder in
      let target = folder + "/m.fit"
      func write(_ round: Int) throws {
        let bytes = Array("\(round)".utf8)
        try AtomicDirectory.replace(
          target, marker: "fit.json", files: [("fit.json", bytes), ("trace.csv", bytes)])
      }
      try write(0)
      // The shell looks again and again, in a process of its own, until it is told to stop.
      let watcher = Process()
      watcher.executableURL = URL(fileURLWithPath: "/bin/sh")
      watcher.arguments = [
        "-c", "while [ ! -e \"$1\" ]; do [ -d \"$0\" ] || exit 1; done", target,
        folder + "/stop",
      ]
      try watcher.run()
      for round in 1...50 { try write(round) }
      try FileOutput.replace(folder + "/stop", with: [])
      watcher.waitUntilExit()
      #expect(watcher.terminationStatus == 0)
      #expect(text(target + "/fit.json") == "50")
      #expect(text(target + "/trace.csv") == "50")
      #expect(try entries(folder) == ["m.fit", "stop"])
    }
  }
}
