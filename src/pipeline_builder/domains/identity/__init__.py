"""Who somebody is: accounts, how they sign in, sessions, and tokens for programs.

Owns credentials of every kind and shows none of them again. Never says what somebody may do; that is `orgs`.
"""
