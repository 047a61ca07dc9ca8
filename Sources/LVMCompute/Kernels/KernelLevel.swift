import CLVMKernels

/// A level of processor that the kernels in C exist for, from the lowest; all give the same bits.
public enum KernelLevel: String, CaseIterable, Comparable, Sendable {
  /// What every processor of the architecture has.
  case baseline
  /// x86-64-v3: AVX2 and fused multiply-adds.
  case v3
  /// x86-64-v4: AVX-512 (F, BW, CD, DQ, VL).
  case v4

  /// The highest that this machine has.
  public static var machine: KernelLevel { KernelLevel(lvm_machine_level()) }

  /// The one in use: the machine's, unless `use` or LVM_KERNELS in the environment chose a lower one.
  public static var current: KernelLevel { KernelLevel(lvm_level()) }

  /// Those that this machine has, from the lowest.
  public static var available: [KernelLevel] { allCases.filter { $0 <= machine } }

  /// Uses another level from now on; not while anything runs. Throws if the machine has not got it.
  public static func use(_ level: KernelLevel) throws(KernelLevelError) {
    guard lvm_use_level(level.code) != 0 else {
      throw .notOfThisMachine(level, highest: machine)
    }
  }

  /// The level that a word, such as the value of LVM_KERNELS, names; throws if there is none of that name
  /// or the machine has not got it.
  public init(named word: String) throws(KernelLevelError) {
    guard let level = KernelLevel(rawValue: word) else { throw .unknown(word) }
    guard level <= .machine else { throw .notOfThisMachine(level, highest: .machine) }
    self = level
  }

  public static func < (a: KernelLevel, b: KernelLevel) -> Bool { a.code < b.code }

  private init(_ code: Int32) {
    self = KernelLevel.allCases.first { $0.code == code } ?? .baseline
  }

  private var code: Int32 {
    switch self {
    case .baseline: Int32(LVM_LEVEL_BASELINE)
    case .v3: Int32(LVM_LEVEL_V3)
    case .v4: Int32(LVM_LEVEL_V4)
    }
  }
}

/// Why a level of kernels cannot be used.
public enum KernelLevelError: Error, Equatable {
  case unknown(String)
  case notOfThisMachine(KernelLevel, highest: KernelLevel)
}
