extension Runtime {
  /// Evaluates a program over all rows, again and again.
  ///
  /// - Parameters:
  ///   - data: a column for each that the program reads, on the plates of `data.layout`.
  ///   - varying: names of columns that a run may be given anew.
  public func evaluator(
    _ program: Program, data: DataColumns = .none, varying: Set<String> = []
  ) -> Executor {
    let (graph, columns) = hoisted(program.graph, data, varying: varying, runtime: self)
    return Executor(Program(unsimplified: graph), hoisted: columns, runtime: self)
  }
}
