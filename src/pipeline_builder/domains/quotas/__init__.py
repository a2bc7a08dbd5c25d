"""How much an organization may have and use: its plan, its limits, and what is left of them.

Owns plans and counters. Never counts a thing that another domain owns by itself: whoever owns it says how many there
are (`Stocks`). Limits hold for an organization together with its teams.
"""
