"""Findings about what an author wrote: their model, their catalogue of codes, and the formats they are shown in."""

from pipeline_builder.core.diagnostics.model import Diagnostic, Location, Position, Report, Severity

__all__ = ["Diagnostic", "Location", "Position", "Report", "Severity"]
