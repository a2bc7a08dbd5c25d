"""Pipelines: definitions with every revision of them, what they become, and templates to begin from.

Owns definitions and their locks. Never decides what a definition means; that is the kernel.
"""
