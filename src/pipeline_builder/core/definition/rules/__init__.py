"""What a well-formed definition can still get wrong: one function per rule, called after its code."""
