/// The table of small models, by topic.
enum SmallModels {
  static let all: [Case] =
    mixtures + labels + chains + gaussian + timeSeries + conjugate + regressions + combinations
    + quadrature + nodesBeside
}
