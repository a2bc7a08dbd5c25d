"""How large a document may be, so that none, however it is made, costs more than a second or 200 MB."""

MAXIMUM_BYTES = 1_048_576
MAXIMUM_DEPTH = 64
MAXIMUM_NODES = 100_000
"""Values, with everything that aliases stand for counted in full."""
MAXIMUM_ALIASES = 1_000

SHOWN_CHARACTERS = 60
"""How much of an author's text a finding repeats."""
