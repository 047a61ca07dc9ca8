import CLVMKernels

/// A fused group as a program of the kernel: registers instead of nodes.
///
/// Owns the memory that the program points to.
final class FusedLowering {
  private(set) var program = lvm_fused_program()
  /// Rows of the program per row of the minibatch.
  private(set) var rowsPerInstance = 1
  /// Nodes read from and written to memory.
  private(set) var reads: [Int] = []
  private(set) var writes: [Int] = []
  private(set) var workspace = 0

  private var ops: [lvm_fused_op] = []
  private var inputs: [lvm_fused_input] = []

  /// A register before numbering: outputs and temporaries are numbered once inputs are counted.
  private enum Register: Hashable {
    case input(Int)
    case output(Int)
    case temporary(Int)
  }

  private struct Step {
    var op: Int
    var out: Register
    var operands: [Register]
  }

  /// - Parameter needed: whether a member's value is used outside the group.
  init(_ group: FusedGroup, _ nodes: [Node], root: (Int) -> Int, needed: (Int) -> Bool) {
    let members = Set(group.members)
    var registers: [Int: Register] = [:]
    var outside: [Outside: Register] = [:]
    var steps: [Step] = []
    var halves: [Register: Register] = [:]
    var virtual = 0
    var outputs: [Int] = []
    var sums: [(node: Int, source: Register)] = []

    func temporary() -> Register {
      virtual += 1
      return .temporary(virtual - 1)
    }
    func operand(_ i: Int) -> Register {
      if let known = registers[root(i)], members.contains(root(i)) { return known }
      let key: Outside
      var input = lvm_fused_input(
        divisor: 1, modulus: 0, stride: 0, slot: -1, inner: 0, value: 0)
      if let tensor = StepSchedule.fixedNumber(nodes[i], nodes), tensor.count == 1 {
        input.value = Float(tensor.values[0])
        key = Outside(node: -1, shape: Shape(), bits: input.value.bitPattern)
      } else {
        key = Outside(node: i, shape: nodes[i].shape, bits: 0)
      }
      if let known = outside[key] { return known }
      if key.node >= 0 {
        guard let map = OperandMap(nodes[i].shape, in: group.shape, split: group.split) else {
          preconditionFailure("an operand that was not checked")
        }
        input = lvm_fused_input(
          divisor: map.divisor, modulus: map.modulus, stride: map.stride, slot: Int32(i),
          inner: Int32(map.inner), value: 0)
        reads.append(i)
      }
      let register = Register.input(inputs.count)
      inputs.append(input)
      outside[key] = register
      return register
    }
    func exponential(_ x: Register) -> Register {
      if let known = halves[x] { return known }
      let register = temporary()
      steps.append(Step(op: LVM_FUSED_EXP_NEGATIVE_ABS, out: register, operands: [x]))
      halves[x] = register
      return register
    }

    for i in group.members {
      let node = nodes[i]
      var operands = node.inputs.map(operand)
      if case .sum = node.op {
        sums.append((i, operands[0]))
        continue
      }
      guard let code = FusedLowering.code(node.op) else { preconditionFailure("not elementwise") }
      if case .select = node.op { operands = [operands[1], operands[2], operands[0]] }
      if code == LVM_FUSED_SIGMOID || code == LVM_FUSED_SOFTPLUS {
        operands.append(exponential(operands[0]))
      }
      let out: Register
      if needed(i) {
        out = .output(outputs.count)
        outputs.append(i)
      } else {
        out = temporary()
      }
      registers[i] = out
      steps.append(Step(op: code, out: out, operands: operands))
    }
    writes = outputs + sums.map(\.node)
    rowsPerInstance = group.shape.dims[..<group.split].reduce(1, *)
    assemble(steps, sums, outputs, columns: group.shape.dims[group.split...].reduce(1, *))
  }

  /// Numbers the registers and makes the program: temporaries share places once their last reader has run.
  private func assemble(
    _ steps: [Step], _ sums: [(node: Int, source: Register)], _ outputs: [Int], columns: Int
  ) {
    var last: [Register: Int] = [:]
    for (k, step) in steps.enumerated() { for x in step.operands { last[x] = k } }
    for sum in sums { last[sum.source] = steps.count }
    var places: [Register: Int] = [:]
    var free: [Int] = []
    var count = 0
    func number(_ register: Register) -> Int32 {
      switch register {
      case .input(let k): Int32(k)
      case .output(let k): Int32(inputs.count + k)
      case .temporary: Int32(inputs.count + outputs.count + (places[register] ?? 0))
      }
    }
    for (k, step) in steps.enumerated() {
      if case .temporary = step.out {
        if let place = free.popLast() {
          places[step.out] = place
        } else {
          places[step.out] = count
          count += 1
        }
      }
      let x = step.operands.map(number)
      ops.append(
        lvm_fused_op(
          op: Int32(step.op), out: number(step.out), a: x[0], b: x.count > 1 ? x[1] : x[0],
          c: x.count > 2 ? x[2] : x[0]))
      for operand in Set(step.operands) {
        if case .temporary = operand, last[operand] == k, let place = places[operand] {
          free.append(place)
        }
      }
    }
    let sumRecords = sums.map { lvm_fused_sum(slot: Int32($0.node), source: number($0.source)) }
    program = lvm_fused_program(
      ops: FusedLowering.copy(ops), inputs: FusedLowering.copy(inputs),
      outputs: FusedLowering.copy(outputs.map { Int32($0) }), sums: FusedLowering.copy(sumRecords),
      op_count: Int32(ops.count), input_count: Int32(inputs.count),
      output_count: Int32(outputs.count), sum_count: Int32(sums.count),
      temporary_count: Int32(count), columns: columns)
    workspace = withUnsafePointer(to: &program) { lvm_fused_workspace($0) }
  }

  deinit {
    program.ops?.deallocate()
    program.inputs?.deallocate()
    program.outputs?.deallocate()
    program.sums?.deallocate()
  }

  var opCount: Int { ops.count }

  /// Runs over the rows a frame holds.
  func run(_ frame: Frame) {
    withUnsafePointer(to: &program) {
      lvm_fused_run($0, frame.slots, frame.counts[1] * rowsPerInstance, frame.scratch)
    }
  }

  private struct Outside: Hashable {
    var node: Int
    var shape: Shape
    var bits: UInt32
  }

  private static func copy<T>(_ values: [T]) -> UnsafePointer<T>? {
    guard !values.isEmpty else { return nil }
    let memory = UnsafeMutablePointer<T>.allocate(capacity: values.count)
    memory.initialize(from: values, count: values.count)
    return UnsafePointer(memory)
  }
}
