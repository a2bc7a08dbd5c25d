"""Template expressions: `{{ vars.region | default: 'eu-west-1' }}` in any text of a definition or a plugin.

Documents are parsed first and rendered after, on the tree of nodes: a value is always text in its place and can never
become structure, and what was rendered is never read for expressions again.
"""

from pipeline_builder.core.templating.document import Keys, Places, render_document
from pipeline_builder.core.templating.fields import Path, render_fields
from pipeline_builder.core.templating.grammar import ROOTS, escape, parse

__all__ = ["ROOTS", "Keys", "Path", "Places", "escape", "parse", "render_document", "render_fields"]
