"""Which plugins there are: their versions, who may see them, and who uses them.

Owns specifications; a published version never changes. Never builds an image; that is `builds`.
"""
