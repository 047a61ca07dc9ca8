import Foundation
import LVM

Interruption.install()
exit(Program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
