"""The shape of a document, written once as dataclasses: how documents are read, and the JSON Schema that tells it."""
