"""The local AWS of the sandbox: an emulator with the resource types and checks it lacks.  It proves nothing of AWS."""
