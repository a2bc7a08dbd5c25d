"""Template expressions: `{{ vars.region | default: 'eu-west-1' }}` in any text of a definition or a plugin.

Documents are parsed first and rendered after, on the tree of nodes: a value is always text in its place and can never
become structure, and what was rendered is never read for expressions again.
"""

from pipeline_builder.core.templating.document import render_document
from pipeline_builder.core.templating.fields import Path, render_fields
from pipeline_builder.core.templating.findings import faults_of, secret_used
from pipeline_builder.core.templating.grammar import ROOTS, Expression, Template, escape, parse
from pipeline_builder.core.templating.places import Places
from pipeline_builder.core.templating.values import Data, Keys

__all__ = [
    "ROOTS",
    "Data",
    "Expression",
    "Keys",
    "Path",
    "Places",
    "Template",
    "escape",
    "faults_of",
    "parse",
    "render_document",
    "render_fields",
    "secret_used",
]
