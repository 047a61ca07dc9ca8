import Foundation
import LVM

// Fits the bundled mixture of Gaussians from within a program: run it in the root of the lvmc package.
//
//   swift run --package-path Examples/Embed -c release Embed

let modelURL = URL(fileURLWithPath: "models/gaussian-mixture.lvm")
let dataPath = "models/data/faithful.csv"

do {
  let model = try Model(contentsOf: modelURL)
  let table = try Table.read(path: dataPath)
  print(try model.plan(for: table).explanation, terminator: "\n\n")

  let fit = try model.fit(table, options: FitOptions(seed: 1)) { progress in
    // Called after each iteration; `.stop` would end the fit with an error.
    progress.iteration < 10_000 ? .continue : .stop
  }
  print("\(fit.objective.name): \(fit.objective.value) nats")
  for name in fit.parameterNames {
    print(name, fit[name]?.dims ?? [], fit[name]?.values ?? [])
  }

  // A table made in memory is read the way the fit's own table was.
  let news = try Table(columns: [Column("eruptions", [2.0, 4.5]), Column("waiting", [52, 80])])
  if case .probabilities(let p, let states)? = try fit.posterior(of: "kind", given: news)?.content {
    for row in 0..<news.rowCount {
      print("row \(row + 1):", p[(row * states)..<((row + 1) * states)])
    }
  }

  // Saved and loaded, it is the same fit.
  let directory = FileManager.default.temporaryDirectory.appendingPathComponent("embed.fit")
  try fit.save(to: directory)
  let again = try Fit(contentsOf: directory)
  print("loaded parameters are equal:", again.parameters == fit.parameters)
} catch let error as Diagnostics {
  print(DiagnosticRenderer(colour: false).render(error))
  exit(1)
} catch {
  print(error)
  exit(1)
}
