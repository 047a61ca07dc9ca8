import Foundation
import LVMData

extension Fit {
  /// The file that marks a directory as a fit, which may be replaced by another.
  public static let marker = "fit.json"

  /// Draws of the parameters, where the fit has a posterior of them: [draws, dims of the parameter].
  static let draws = "parameter-draws.safetensors"

  /// A directory that holds a fit, and the files there that are a fit's.
  public static let directoryKind = DirectoryKind(
    marker: marker,
    recognises: { directory in
      struct Stub: Decodable {
        var format: Int
        var model: String
      }
      let bytes = FileManager.default.contents(atPath: directory + "/" + marker)
      if let bytes, (try? JSONDecoder().decode(Stub.self, from: bytes)) != nil { return true }
      // A damaged one is told by its other files.
      return ["model.lvm", "parameters.safetensors"].allSatisfy {
        FileManager.default.fileExists(atPath: directory + "/" + $0)
      }
    },
    owns: { directory, name in
      if ownFiles.contains(name) { return true }
      guard name.hasPrefix("latents."), name.hasSuffix(".csv") else { return false }
      // Of a group of the model beside it.
      let url = URL(fileURLWithPath: directory).appendingPathComponent("model.lvm")
      let plates = (try? Model(contentsOf: url))?.graph.plates.map(\.name) ?? []
      return plates.contains { name == "latents.\($0).csv" }
    })

  private static let ownFiles: Set<String> = [
    marker, "model.lvm", "parameters.safetensors", draws, "trace.csv", "latents.csv",
  ]

  /// Writes the fit as a directory, in one step: whoever looks finds the old fit or the new one.
  ///
  /// Always written: `fit.json`, `parameters.safetensors`, `model.lvm`, which together suffice to load
  /// the fit anywhere and hold no rows of data, and `trace.csv`. With a table, usually the one that was
  /// fitted, also the posterior of its latents as `latents.csv` and `latents.GROUP.csv`. Draws of the
  /// parameters, where there are any, stand in `parameter-draws.safetensors`.
  ///
  /// Only a fit's own files are replaced: what others have put into the directory stays there.
  ///
  /// `whileComputing` is called now and then, and may throw to end it; `beforeWriting` when all is computed
  /// and only the writing is left.
  ///
  /// Throws `OutputError` where the directory cannot be written, or is there and is not a fit.
  public func save(
    to directory: URL, posteriorsOf table: Table? = nil, runtime: Runtime = .serial,
    whileComputing: () throws -> Void = {}, beforeWriting: () -> Void = {}
  ) throws {
    let target = try AtomicDirectory(replacing: directory.path, kind: Self.directoryKind)
    try target.write("model.lvm", Array(model.sourceWithSizes.utf8))
    try target.write("parameters.safetensors", Safetensors.encode(parameters))
    if let posterior = parameterPosterior {
      try target.write(Self.draws, Safetensors.encode(posterior.stacked))
    }
    try target.write("trace.csv", traceCSV)
    if let table {
      try writePosteriors(given: table, runtime: runtime) { part, _, text in
        try whileComputing()
        try target.append(part.fileName, text)
      }
    }
    try target.write(Self.marker, Array(json.utf8))
    beforeWriting()
    try target.commit()
  }

  private var traceCSV: [UInt8] {
    let trains = epochs.count == trace.count && !epochs.isEmpty
    var writer = CSVWriter(
      header: ["iteration", "objective"]
        + (trains ? ["bound", "reconstruction", "kl", "active", "held_out"] : [])
        + (validation == nil ? [] : ["validation"]))
    for (i, value) in trace.enumerated() {
      var cells: [CSVWriter.Cell] = [.integer(i + 1), .number(value)]
      if trains {
        let own = epochs[i]
        cells.append(.number(own.bound))
        cells += [own.reconstruction, own.divergence].map {
          $0.map(CSVWriter.Cell.number) ?? .missing
        }
        cells.append(own.active.map(CSVWriter.Cell.integer) ?? .missing)
        cells.append(own.heldOut.map(CSVWriter.Cell.number) ?? .missing)
      }
      // The held-out table is scored once, at the estimate.
      if let validation {
        cells.append(i + 1 == trace.count ? .number(validation.value) : .missing)
      }
      writer.append(cells)
    }
    return writer.take()
  }
}
