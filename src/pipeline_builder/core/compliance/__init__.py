"""Rules over what a pipeline and its plugins really are: what they can look at, how they are written and evaluated."""
