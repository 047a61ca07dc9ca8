import Testing

/// Exit code 2: the command line is wrong, one clear message each, and nothing is written.
@Suite struct CommandLineErrorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var words: [String]
    var message: String
    var testDescription: String { words.joined(separator: " ") }

    init(_ words: String, _ message: String) {
      self.words = words.split(separator: " ").map { word in
        switch word {
        case "DATA": Lvmc.data("faithful")
        default:
          word.hasPrefix("MODEL")
            ? Lvmc.model("gaussian-mixture") + word.dropFirst(5) : String(word)
        }
      }
      self.message = message
    }
  }

  static let cases = [
    Case("", "commands:"),
    Case("rum MODEL DATA", "did you mean `run`?"),
    Case("run", "MODEL is missing"),
    Case("run MODEL", "DATA is missing"),
    Case("run MODEL DATA extra", "`extra` is one argument too many"),
    Case("run MODEL DATA --sed 3", "did you mean `--seed`?"),
    Case("run MODEL DATA --seed", "`--seed` needs a value"),
    Case("run MODEL DATA --seed x", "needs a whole number from 0, not `x`"),
    Case("run MODEL DATA --seed 1 --seed 2", "`--seed` is given twice"),
    Case("run MODEL DATA --quiet=yes", "`--quiet` takes no value"),
    Case("run MODEL DATA --threads 0", "needs a whole number from 1, not `0`"),
    Case("run MODEL DATA --set K", "needs a name and a value"),
    Case("run MODEL DATA --set J=3", "no size or constant `J`"),
    Case("run MODEL DATA --set K=2.5", "a size is a whole number"),
    Case("run MODEL DATA --set K=two", "`two` is not a number"),
    Case("run MODEL DATA --bind y=waiting", "no observed or given variable `y`"),
    Case("run MODEL DATA --bind x=(waiting", "`--bind x=(waiting`"),
    Case("run MODEL DATA --fit epochs=3", "no meaning for this model"),
    Case("run MODEL DATA --fit epoch=3", "did you mean `epochs`?"),
    Case("run MODEL DATA --fit restarts=0", "needs a whole number from 1"),
    Case("run MODEL DATA --emit graphs", "did you mean `graph`?"),
    Case("run MODEL DATA --validate", "`--validate` needs a value"),
    Case("run MODEL DATA --init no/such", "`no/such` cannot be read"),
    Case("run MODEL DATA --init DATA", "it is no JSON object of parameters"),
    Case("run MODEL DATA --resume", "this model is fitted on all data at once"),
    Case("run MODEL DATA --method vi", "is fitted by em"),
    Case("run MODEL DATA --method quadrature", "has no continuous latent to integrate"),
    Case("run MODEL DATA --method quadratur", "did you mean `quadrature`?"),
    Case("run MODEL DATA -o no/such/directory", "its directory does not exist"),
    Case("run MODEL DATA --seed -1", "needs a whole number from 0, not `-1`"),
    Case("run MODEL DATA --seed 1.5", "needs a whole number from 0, not `1.5`"),
    Case("run MODEL DATA --seed=", "needs a whole number from 0, not ``"),
    Case("run MODEL DATA --threads many", "needs a whole number from 1, not `many`"),
    Case("run MODEL DATA --restarts 0", "needs a whole number from 1, not `0`"),
    Case("run MODEL DATA --restarts", "`--restarts` needs a value"),
    Case("run MODEL DATA --thread 2", "did you mean `--threads`?"),
    Case("run MODEL DATA -x", "`lvmc run` has no option `-x`"),
    Case("run MODEL DATA ---seed 1", "did you mean `--seed`?"),
    Case("run MODEL DATA --set K=-1", "a size is a whole number of at least 1"),
    Case("run MODEL DATA --set K=0", "a size is a whole number of at least 1"),
    Case("run MODEL DATA --set K=1e300", "a size is a whole number of at least 1"),
    Case("run MODEL DATA --set K=nan", "`nan` is not a number"),
    Case("run MODEL DATA --set k=3", "did you mean `K`?"),
    Case("run MODEL DATA --set =3", "needs a name and a value"),
    Case("run MODEL DATA -o MODEL", "is a file, and a directory is to be written there"),
    Case("run MODEL DATA -o MODEL/x.fit", "cannot be written: its directory does not exist"),
    Case("--seed 3 run", "there is no command `--seed`"),
    Case("predict FIT", "DATA is missing"),
    Case("reconstruct FIT", "DATA is missing"),
    Case("impute FIT DATA --of x", "`lvmc impute` has no option `--of`"),
    Case("sample FIT", "-n N is missing"),
    Case("sample FIT -n", "`-n` needs a value"),
    Case("sample FIT -n -5", "needs a whole number from 1, not `-5`"),
    Case("sample FIT -n 1e9", "needs a whole number from 1, not `1e9`"),
    Case("sample FIT -n 0", "needs a whole number from 1, not `0`"),
    Case("sample FIT -n 2 --given label", "needs a name and a value"),
    Case("interpolate FIT DATA", "--from ROW is missing"),
    Case("report FIT", "`report` is not in this version"),
    Case("graph MODEL --format svgg", "did you mean `svg`?"),
    Case("new gausian", "bundled models:"),
  ]

  @Test(arguments: cases) func isRefused(_ wrong: Case) throws {
    let scratch = try Scratch()
    let result = try Lvmc.run(wrong.words, in: scratch)
    #expect(result.status == 2)
    #expect(result.errors.contains(wrong.message), "\(result.errors)")
    #expect(result.output.isEmpty)
    #expect(scratch.entries.isEmpty)
  }

  @Test func directoryThatIsNoFitIsNotReplaced() throws {
    let scratch = try Scratch()
    try scratch.write("thesis.txt", "years of work")
    let result = try Lvmc.run(
      ["run", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"), "-o", scratch.path],
      in: scratch)
    #expect(result.status == 2)
    #expect(result.errors.contains("holds no `fit.json`"))
    #expect(try scratch.read("thesis.txt") == "years of work")
  }

  @Test(arguments: [
    "run", "check", "explain", "graph", "encode", "predict", "reconstruct", "impute", "score",
    "sample", "interpolate", "fmt", "new",
  ])
  func helpNamesEveryOption(_ command: String) throws {
    let scratch = try Scratch()
    let result = try Lvmc.run([command, "--help"], in: scratch)
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("usage: lvmc \(command)"))
    #expect(result.output.contains("--help"))
  }
}
