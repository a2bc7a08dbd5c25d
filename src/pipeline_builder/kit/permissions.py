"""What can be allowed: the permissions, in one table, and the roles that come with every organization."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The built-in roles, each with everything that the ones after it may do."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class Permission(StrEnum):
    """One thing that somebody may do in an organization."""

    PIPELINES_READ = "pipelines:read"
    PIPELINES_WRITE = "pipelines:write"
    TEMPLATES_WRITE = "templates:write"
    PLUGINS_READ = "plugins:read"
    PLUGINS_WRITE = "plugins:write"
    PLUGINS_PUBLISH = "plugins:publish"
    PLUGINS_LOOKUP = "plugins:lookup"
    COMPLIANCE_READ = "compliance:read"
    COMPLIANCE_WRITE = "compliance:write"
    EXEMPTIONS_REQUEST = "exemptions:request"
    EXEMPTIONS_REVIEW = "exemptions:review"
    QUOTAS_READ = "quotas:read"
    AUDIT_READ = "audit:read"
    MEMBERS_READ = "members:read"
    MEMBERS_MANAGE = "members:manage"
    ROLES_MANAGE = "roles:manage"
    TEAMS_MANAGE = "teams:manage"
    TOKENS_MANAGE = "tokens:manage"
    ORGANIZATION_READ = "organization:read"
    ORGANIZATION_WRITE = "organization:write"
    ORGANIZATION_DELETE = "organization:delete"
    ORGANIZATION_TRANSFER = "organization:transfer"
    SIGN_IN_MANAGE = "sign-in:manage"
    SYSTEM_ORGANIZATIONS = "system:organizations"
    SYSTEM_QUOTAS = "system:quotas"


@dataclass(frozen=True)
class Meaning:
    """What a permission is about.

    Attributes:
        least: the weakest built-in role that has it.
        sentence: what it allows, for people.
        only_system: it exists in the system organization alone, because it reaches all others.
    """

    least: Role
    sentence: str
    only_system: bool = False


CATALOGUE: dict[Permission, Meaning] = {
    Permission.PIPELINES_READ: Meaning(Role.VIEWER, "See pipelines, their revisions, plans and templates."),
    Permission.PIPELINES_WRITE: Meaning(Role.MEMBER, "Create, change, delete and restore pipelines."),
    Permission.TEMPLATES_WRITE: Meaning(Role.ADMIN, "Create and change golden-path templates."),
    Permission.PLUGINS_READ: Meaning(Role.VIEWER, "See plugins and their versions."),
    Permission.PLUGINS_WRITE: Meaning(Role.MEMBER, "Publish, deprecate and yank private versions of plugins."),
    Permission.PLUGINS_PUBLISH: Meaning(Role.ADMIN, "Make plugins public, and change public ones."),
    Permission.PLUGINS_LOOKUP: Meaning(Role.MEMBER, "Look plugins up while a stack is deployed."),
    Permission.COMPLIANCE_READ: Meaning(Role.VIEWER, "See rules, policies, exemptions and the results of scans."),
    Permission.COMPLIANCE_WRITE: Meaning(Role.ADMIN, "Change rules, policies and subscriptions; start scans."),
    Permission.EXEMPTIONS_REQUEST: Meaning(Role.MEMBER, "Ask for an exemption from a rule."),
    Permission.EXEMPTIONS_REVIEW: Meaning(Role.ADMIN, "Approve and reject exemptions that others asked for."),
    Permission.QUOTAS_READ: Meaning(Role.VIEWER, "See limits and how much of them is used."),
    Permission.AUDIT_READ: Meaning(Role.ADMIN, "Read and verify the audit trail."),
    Permission.MEMBERS_READ: Meaning(Role.VIEWER, "See who belongs to the organization, and which roles there are."),
    Permission.MEMBERS_MANAGE: Meaning(Role.ADMIN, "Invite and remove members, and give them roles."),
    Permission.ROLES_MANAGE: Meaning(Role.ADMIN, "Define roles of the organization's own."),
    Permission.TEAMS_MANAGE: Meaning(Role.ADMIN, "Create and delete teams."),
    Permission.TOKENS_MANAGE: Meaning(Role.ADMIN, "Make and revoke service tokens."),
    Permission.ORGANIZATION_READ: Meaning(Role.VIEWER, "See the organization's name and settings."),
    Permission.ORGANIZATION_WRITE: Meaning(Role.ADMIN, "Change the organization's name and settings."),
    Permission.ORGANIZATION_DELETE: Meaning(Role.OWNER, "Delete the organization with everything in it."),
    Permission.ORGANIZATION_TRANSFER: Meaning(Role.OWNER, "Hand the organization over to another owner."),
    Permission.SIGN_IN_MANAGE: Meaning(Role.ADMIN, "Say by which identity provider members sign in."),
    Permission.SYSTEM_ORGANIZATIONS: Meaning(Role.ADMIN, "See all organizations, and suspend them.", only_system=True),
    Permission.SYSTEM_QUOTAS: Meaning(Role.ADMIN, "Change plans and limits of organizations.", only_system=True),
}

_STRENGTH = {role: strength for strength, role in enumerate(reversed(Role))}


def is_as_strong(role: Role, as_role: Role) -> bool:
    """Whether a built-in role may do everything that another one may."""
    return _STRENGTH[role] >= _STRENGTH[as_role]


def _of(role: Role, *, in_system: bool) -> frozenset[Permission]:
    return frozenset(
        permission
        for permission, meaning in CATALOGUE.items()
        if is_as_strong(role, meaning.least) and (in_system or not meaning.only_system)
    )


_IN_SYSTEM = {role: _of(role, in_system=True) for role in Role}
_ELSEWHERE = {role: _of(role, in_system=False) for role in Role}


def permissions_of(role: Role, *, in_system: bool = False) -> frozenset[Permission]:
    """What a built-in role may do.

    Args:
        role: the role.
        in_system: in the system organization, where there are permissions over all organizations.
    """
    return (_IN_SYSTEM if in_system else _ELSEWHERE)[role]
