"""How large a document may be, so that none, however it is made, costs more than a second or 200 MB."""

MAXIMUM_BYTES = 1_048_576
MAXIMUM_DEPTH = 64
"""Lists and mappings inside one another, with what aliases stand for."""
MAXIMUM_NODES = 50_000
"""Values (and in YAML keys), with what aliases stand for counted in full. A hundred steps have some 3,000."""
CHARACTERS_PER_VALUE = 100
"""A text of YAML counts once more for each of these: a thousand aliases of a long one must not become a gigabyte."""
MAXIMUM_ALIASES = 1_000
MAXIMUM_FINDINGS = 100
"""In one document: more help nobody, and a megabyte can hold a hundred thousand of them."""

SHOWN_CHARACTERS = 60
"""How much of an author's text a finding repeats."""
