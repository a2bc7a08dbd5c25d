"""What is allowed: rules over what pipelines and plugins really are, who they hold for, and exemptions from them.

Owns rules and the answers to them. Never changes what it judges. When a rule cannot be evaluated, nothing is created.
"""
