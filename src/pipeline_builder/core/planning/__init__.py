"""From a definition to a plan: every decision, and the limits of AWS."""
