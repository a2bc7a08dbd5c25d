"""Plugins: what one is, where they come from, which one a reference means, and what it asks of its pipeline."""
