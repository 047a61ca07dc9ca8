import Foundation
import Testing

/// Exit code 2: an output that cannot be written. One message, and what was there before stays.
@Suite struct UnwritableOutputTests {
  private func scratchWithFit() throws -> Scratch {
    let scratch = try Scratch()
    let result = try Lvmc.run(
      [
        "run", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"), "-o", "a.fit", "--quiet",
      ], in: scratch)
    #expect(result.status == 0)
    return scratch
  }

  private func isOneMessage(_ errors: String) -> Bool {
    errors.components(separatedBy: "error:").count == 2
  }

  @Test(arguments: [
    "encode a.fit DATA", "score a.fit DATA", "sample a.fit -n 500", "predict a.fit DATA",
    "impute a.fit DATA", "graph MODEL", "explain MODEL DATA", "check MODEL DATA --json",
    "run MODEL DATA -o b.fit", "--help",
  ])
  func fullDeviceIsNamed(_ command: String) throws {
    let scratch = try scratchWithFit()
    let line = command.replacingOccurrences(of: "DATA", with: "'\(Lvmc.data("faithful"))'")
      .replacingOccurrences(of: "MODEL", with: "'\(Lvmc.model("gaussian-mixture"))'")
    let result = try Lvmc.shell("\"$LVMC\" \(line) > /dev/full", in: scratch)
    #expect(result.status == 2, "\(result.errors)")
    #expect(result.errors.contains("`standard output` cannot be written: the disk is full"))
    #expect(isOneMessage(result.errors))
    #expect(scratch.entries == ["a.fit"])
  }

  @Test func fullDeviceAsFileIsNamed() throws {
    let scratch = try scratchWithFit()
    let result = try Lvmc.run(
      ["encode", "a.fit", Lvmc.data("faithful"), "-o", "/dev/full"], in: scratch)
    #expect(result.status == 2)
    #expect(result.errors.contains("`/dev/full` cannot be written: the disk is full"))
    #expect(isOneMessage(result.errors))
  }

  /// A limit on the size of files stands for a full disk: writing fails half-way.
  @Test func writingThatFailsHalfWayChangesNothing() throws {
    let scratch = try scratchWithFit()
    let before = try scratch.contents(of: "a.fit")
    try scratch.write("out.csv", "mine\n")
    let (model, data) = (Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"))
    for line in [
      "run '\(model)' '\(data)' --seed 2 --quiet -o a.fit",
      "run '\(model)' '\(data)' --seed 2 --quiet -o new.fit",
      "encode a.fit '\(data)' -o out.csv", "sample a.fit -n 900 -o new.csv",
    ] {
      let result = try Lvmc.shell("ulimit -f 8; exec \"$LVMC\" \(line)", in: scratch)
      #expect(result.status == 2, "\(line): \(result.errors)")
      #expect(result.errors.contains("the limit on the size of files is reached"))
      #expect(isOneMessage(result.errors))
      #expect(scratch.entries == ["a.fit", "out.csv"])
      #expect(try scratch.contents(of: "a.fit") == before)
      #expect(try scratch.read("out.csv") == "mine\n")
    }
  }

  /// The superuser may write everywhere; the kernel's own tree is closed to him too.
  @Test func closedDirectoryIsNamed() throws {
    let scratch = try scratchWithFit()
    var closed = "/sys"
    if geteuid() != 0 {
      try FileManager.default.createDirectory(
        at: scratch.url("closed"), withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o555])
      closed = scratch.path("closed")
    }
    for line in [
      ["run", Lvmc.model("gaussian"), Lvmc.data("faithful"), "-o", "\(closed)/b.fit"],
      ["score", "a.fit", Lvmc.data("faithful"), "-o", "\(closed)/out.csv"],
    ] {
      let result = try Lvmc.run(line, in: scratch)
      #expect(result.status == 2)
      #expect(result.errors.contains("is not permitted"), "\(result.errors)")
      #expect(isOneMessage(result.errors))
    }
  }

  @Test func closedPipeEndsQuietly() throws {
    let scratch = try scratchWithFit()
    let result = try Lvmc.shell(
      "{ \"$LVMC\" sample a.fit -n 200000; echo $? > status; } | head -n 1", in: scratch)
    #expect(result.status == 0)
    #expect(result.output.split(separator: "\n").count == 1)
    #expect(result.errors.isEmpty, "\(result.errors)")
    #expect(try scratch.read("status") == "2\n")
  }
}
