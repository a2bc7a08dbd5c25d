"""Reading JSON and YAML into one tree that knows the place of every value."""

from pipeline_builder.core.documents.data import read_data
from pipeline_builder.core.documents.document import Document, position_in
from pipeline_builder.core.documents.nodes import Mapping, Node, Scalar, Sequence
from pipeline_builder.core.documents.reader import read_document

__all__ = ["Document", "Mapping", "Node", "Scalar", "Sequence", "position_in", "read_data", "read_document"]
