"""Definitions of pipelines: their shape, how they are loaded, and every rule about them that needs no plugin."""
