"""Who belongs where and may do what: organizations, teams, members, roles, invitations.

Owns the one way into an organization. Never knows a password or a token.
"""
