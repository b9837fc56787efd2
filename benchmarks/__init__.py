"""How fast the library is, as ratios measured in one run: `python -m benchmarks`.

Not a test: nothing here fails because a machine is slow.  `docs/benchmarks.md` tells what was found.
"""
