"""Reading JSON and YAML into one tree that knows the place of every value."""

from pipeline_builder.core.documents.nodes import Mapping, Node, Scalar, Sequence

__all__ = ["Mapping", "Node", "Scalar", "Sequence"]
