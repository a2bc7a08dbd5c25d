"""The audit trail: every change, who made it, from where, what it was before and after.

Owns the lines and their seals. Each line of an organization is sealed over the one before it with a key that the
database does not hold, and the newest seal is kept apart, so that a changed, a missing and a cut-off line are found.
Never changes or deletes a line.
"""
