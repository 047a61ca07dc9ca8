/// How many starts are tried on a table, how they are told from one another, and how many of them are run to
/// the end.
struct StartPolicy {
  /// A round of runs: which of them go on, and how far.
  struct Round {
    /// The better half goes on, but no fewer and no more than these.
    var fewest = 0
    var most = Int.max
    /// No fewer than these where the starts are not the first, whose agreement counts.
    var fewestLater: Int? = nil
    /// Whether of runs that came to one place one goes on.
    var tellsApart = false
    /// Whether those that do not go on are kept for the case that the others collapse.
    var sparesOthers = false
    /// The round is had again while there are more runs than this.
    var whileMoreThan: Int? = nil
    var stretch: Stretch
  }

  /// How far the runs of a round go, by the iterations that runs have had so far.
  enum Stretch {
    case times(Int, Climbing)
    case atLeast(Int, Climbing)
    case more(Int)
    case end(Climbing)
  }

  /// Rounds of ever longer runs of ever fewer.
  struct Halving {
    var fewest = 1
    /// Runs that are few enough to stop at.
    var enough = 0
    var tellsApart = false
    var sparesOthers = false
    var climbing = Climbing.none
    /// Each round has so many times the iterations of the one before; of so few runs all go to the end.
    let growth = 3
    var toTheEndFrom = 0
  }

  /// When two runs are at one place.
  struct Place {
    /// Difference of objectives, relative to their size.
    var same: Double
    /// Whether runs that different floors hold up are at different places, and a floor is reason to doubt.
    var looksAtFloors: Bool
  }

  /// Moves of states (split–merge) from where runs end.
  struct Moves {
    var rounds: Int
    /// Rounds without gain that end them.
    var mostVain: Int
    /// Whether every other round breaks off pieces.
    var pieces = false
    var climbing = Climbing.none
    /// Whether they begin once the best run has ended, and at how many ends.
    var isAfterwards = false
    var origins = 1
  }

  /// Starts at first, and in all where the leading of those disagree.
  var count: Int
  var most: Int
  /// Runs at the best place that are enough.
  var enough = Int.max
  /// Iterations of a first run.
  var short: Int
  var place: Place
  /// Of more runs than this the leading are told from one another first; nil leaves that to halving.
  var leadsFrom: Int? = nil
  var leading: [Round] = []
  /// Rounds of those that lead, and whether they are then halved although the first starts agreed.
  var last: [Round] = []
  var halvesLeaders = true
  var halving = Halving()
  var moves: Moves? = nil
  /// Nats below the best by which a run on a part of a table is not worth going on with on the whole.
  var clearly: Double? = nil
  /// Runs that are finished.
  var mostFinished = Int.max
}
