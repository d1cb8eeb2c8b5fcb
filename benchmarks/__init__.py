"""HOW FAST AND HOW LARGE: figures with a bar, measured anew by `make bench`. Timed things live here and in no test.

A part is a module with `run() -> list[Row]`; `run.py` measures each in a process of its own and prints them together.
Ratios are taken in one process, alternating; every figure is a median. Browser figures are wall time, others CPU time.
"""
