// What an embedding program needs beside this module's own types.
@_exported import LVMCompute
@_exported import LVMData
@_exported import LVMInference
@_exported import LVMModel
@_exported import LVMSyntax
