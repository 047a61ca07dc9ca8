import LVMCompute
import LVMModel
import LVMSyntax

/// A conjugate latent as eliminated: its basis and its posterior coefficients.
struct ConjugateSolution {
  var basis: ConjugateBasis
  var posterior: [Lowered]
  /// The log table that remains, over the labels its messages depend on.
  var table: Lowered

  func moved(_ map: NodeMap) -> ConjugateSolution {
    ConjugateSolution(basis: basis, posterior: posterior.map { map($0) }, table: map(table))
  }
}

extension LoweringContext {
  /// Integrates a latent whose every factor is linear in its prior's statistics.
  ///
  /// log p = Σ base + log Z(prior + Σ messages) / Z(prior), on the latent's own plate; messages from
  /// inner plates are summed there first.
  func integrateConjugate(
    _ id: VariableID, readers: [(Variable, Distribution)], in factors: inout WorkingFactors
  ) throws -> ConjugateSolution {
    let latent = model[id]
    guard case .drawn(.family(let name, let form, let arguments, let span)) = latent.definition
    else {
      throw LoweringFailure(.noBareFamily(latent.name), at: latent.span)
    }
    guard
      let (basis, prior) = ConjugateBasis.prior(name, form: form, try arguments.map(lower))
    else {
      throw LoweringFailure(.noConjugates(name), at: span)
    }
    let plate = plates.compute(latent.plate)
    let shape = try dims(latent.type, at: latent.typeSpan)
    let own = basis == .dirichlet ? Array(shape.dropLast()) : shape
    let wide = prior.map { $0.broadcast(event: shape) }
    var messages: [Lowered] = []
    var base: Lowered?
    for (variable, distribution) in readers {
      var message = try conjugateMessage(variable, distribution, to: id, basis)
      let at = plates.compute(variable.plate)
      if masked.contains(variable.id) {
        let mask = Lowered(
          builder.data(
            ModelColumn.mask(variable), plate: at, try dims(variable.type, at: variable.typeSpan)))
        if basis == .dirichlet {
          let present = isCountVector(distribution) ? wholeValues(mask) : mask
          message.coefficients = message.coefficients.map {
            $0 * present.reshape(event: present.event + [1])
          }
          message.base = message.base * present
        } else {
          message.coefficients = message.coefficients.map { $0 * mask }
          message.base = message.base * mask
        }
      }
      message.base = product(message.base.sumEvent(), from: at, to: plate)
      message.coefficients = try message.coefficients.map { c in
        // A scalar latent read by each coordinate of a vector hears from all of them.
        let extra = c.event.count - shape.count
        var folded = extra > 0 ? c.sum(eventAxes: Array(0..<extra)) : c
        if extra <= 0, !shape.isEmpty || !c.event.isEmpty {
          folded = try fold(folded, variable, to: shape, latent)
        }
        return product(folded, from: at, to: plate)
      }
      messages =
        messages.isEmpty
        ? message.coefficients : zip(messages, message.coefficients).map { $0 + $1 }
      base = base.map { $0 + message.base } ?? message.base
    }
    let zero = Lowered(builder.constant(Tensor(repeating: 0, own)))
    var log = zero.sumEvent()
    var total = wide
    if !messages.isEmpty {
      messages = messages.map { $0.broadcast(event: shape) }
      total = zip(wide, messages).map { $0 + $1 }
      log = (basis.logGain(prior: wide, messages: messages) + zero).sumEvent()
    }
    if let base { log = log + base }
    factors.add(log, on: plate)
    return ConjugateSolution(basis: basis, posterior: total, table: log)
  }

  private func isCountVector(_ distribution: Distribution) -> Bool {
    if case .family(.multinomial, _, _, _) = distribution { return true }
    return false
  }

  /// 1 where all entries of a vector are present and 0 where all are missing; vectors that are there in
  /// part are refused before (`DataFacts.torn`), and would not be a number here.
  private func wholeValues(_ mask: Lowered) -> Lowered {
    let last = mask.event.count - 1
    let n = Double(mask.event[last])
    return mask.sum(eventAxes: [last]).map { present in
      let all = present.apply(.equal, builder.constant(n))
      let none = present.apply(.equal, builder.constant(0))
      return all.selected(where: all + none, else: builder.constant(.nan))
    }
  }

  /// Coefficients of a message brought to the latent's shape: a scalar argument stands for every
  /// coordinate of the variable.
  private func fold(_ c: Lowered, _ variable: Variable, to shape: [Int], _ latent: Variable) throws
    -> Lowered
  {
    let read = try dims(variable.type, at: variable.typeSpan)
    guard c.event.isEmpty || c.event == shape || shape.isEmpty else {
      throw LoweringFailure(.shapesDiffer(variable.name, latent.name), at: variable.span)
    }
    if c.event.isEmpty, shape.isEmpty, !read.isEmpty {
      return c.map { $0 * Double(read.reduce(1, *)) }
    }
    return c.broadcast(event: shape)
  }

  /// Sums from an inner plate out to another, multiplying where a value lacks the plate.
  func product(_ value: Lowered, from inner: PlateID, to outer: PlateID) -> Lowered {
    var result = value
    var at = inner
    while at < outer {
      if result.plate == nil {
        let rank = result.axes.count + result.event.count
        result = result.map {
          $0 * ones(at).reshape([Int](repeating: 1, count: rank))
        }
      }
      let next = PlateID(at.index + 1)
      result = result.map { builder.add(.segmentSum(next), [$0]) }
      at = next
    }
    return result
  }
}
