"""What other domains may use of organizations, and the errors that they raise."""

from typing import Protocol
from uuid import UUID

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.permissions import Role
from pipeline_builder.kit.scope import Actor, OrgScope


class SlugTaken(PipelineBuilderError):
    """Another organization has this slug."""

    code = "slug-taken"
    kind = ErrorKind.CONFLICT

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"Another organization is called '{slug}' in addresses; choose another slug.")


class TooManyOrganizations(PipelineBuilderError):
    """Somebody owns as many organizations as one person may."""

    code = "too-many-organizations"
    kind = ErrorKind.LIMITED

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(
            f"You own {limit} organizations already, which is as many as one person may. "
            "One that was deleted counts for as long as you can restore it."
        )


class TooManyTeams(PipelineBuilderError):
    """An organization has as many teams as it may."""

    code = "too-many-teams"
    kind = ErrorKind.LIMITED

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"This organization has {limit} teams already, which is as many as it may.")


class TeamInTeam(PipelineBuilderError):
    """A team has no teams."""

    code = "team-in-team"
    kind = ErrorKind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This is a team, and teams have no teams: make it in the organization above.")


class OwnerStays(PipelineBuilderError):
    """An organization without its owner is not possible."""

    code = "owner-stays"
    kind = ErrorKind.CONFLICT

    def __init__(self) -> None:
        super().__init__("The owner cannot leave or get another role: hand the organization over first.")


class OwnerOnly(PipelineBuilderError):
    """What the owner alone does, and nobody for them."""

    code = "owner-only"
    kind = ErrorKind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("Only the owner hands the organization over, whatever else somebody may do.")


class LastAdminStays(PipelineBuilderError):
    """The platform without anybody who runs it is not possible."""

    code = "last-admin-stays"
    kind = ErrorKind.CONFLICT

    def __init__(self) -> None:
        super().__init__("Nobody else runs the platform: let somebody else be an admin first.")


class SystemStays(PipelineBuilderError):
    """The system organization cannot be closed or called otherwise."""

    code = "system-stays"
    kind = ErrorKind.CONFLICT

    def __init__(self) -> None:
        super().__init__("The system organization cannot be deleted, suspended, or get another slug.")


class BeyondOwnPermissions(PipelineBuilderError):
    """Nobody gives what they do not have."""

    code = "beyond-own-permissions"
    kind = ErrorKind.FORBIDDEN

    def __init__(self, permissions: frozenset[str]) -> None:
        self.permissions = sorted(permissions)
        super().__init__(f"You cannot give or take what you do not have yourself: {', '.join(self.permissions)}.")


class RoleNameTaken(PipelineBuilderError):
    """The organization has a role of this name."""

    code = "role-name-taken"
    kind = ErrorKind.CONFLICT

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"This organization has a role named '{name}' already.")


class TooManyRoles(PipelineBuilderError):
    """An organization has as many roles of its own as it may."""

    code = "too-many-roles"
    kind = ErrorKind.LIMITED

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"This organization has {limit} roles of its own already, which is as many as it may.")


class RoleInUse(PipelineBuilderError):
    """Somebody has the role, or is invited to it."""

    code = "role-in-use"
    kind = ErrorKind.CONFLICT

    def __init__(self, holders: int) -> None:
        self.holders = holders
        super().__init__(f"{holders} members or invitations have this role; give them another one first.")


class AlreadyInvited(PipelineBuilderError):
    """There is an open invitation for this address."""

    code = "already-invited"
    kind = ErrorKind.CONFLICT

    def __init__(self) -> None:
        super().__init__("There is an open invitation for this address; send that one again.")


class AlreadyMember(PipelineBuilderError):
    """The person belongs to the organization."""

    code = "already-member"
    kind = ErrorKind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This person belongs to the organization already.")


class TooManyInvitations(PipelineBuilderError):
    """As many invitations are open as may be."""

    code = "too-many-invitations"
    kind = ErrorKind.LIMITED

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"{limit} invitations are open already; revoke some that nobody will accept.")


class TooManyMails(PipelineBuilderError):
    """An address got as many mails from an organization as it has to bear."""

    code = "too-many-mails"
    kind = ErrorKind.LIMITED

    def __init__(self, limit: int, retry_after: int) -> None:
        self.limit = limit
        self.retry_after = retry_after
        super().__init__(f"This address got {limit} mails from this organization already; try again tomorrow.")


class InvitationInvalid(PipelineBuilderError):
    """The invitation was used, revoked, has expired, or is for another address."""

    code = "invitation-invalid"
    kind = ErrorKind.INVALID

    def __init__(self) -> None:
        super().__init__(
            "This invitation cannot be accepted with this account: it was used or revoked, has expired, or is for "
            "another address. Ask for a new one."
        )


class Organizations(Protocol):
    """Makes organizations, and enters them in the platform's own name. The transaction has to be the platform's."""

    async def found(self, tx: Transaction, owner: Actor, name: str) -> UUID:
        """Make an organization that somebody owns."""
        ...

    async def add_member(self, tx: Transaction, org_id: UUID, person: Actor, role: Role) -> None:
        """Let somebody belong to an organization whose identity provider vouches for them.

        Raises:
            NotFound: the organization is closed.
            AlreadyMember: they do.
            QuotaExceeded: there is no seat left.
        """
        ...

    async def make_system_admin(self, tx: Transaction, user_id: UUID) -> None:
        """Let somebody run the platform, as an admin of the system organization, whatever they were there before."""
        ...

    async def enter(self, tx: Transaction, org_id: UUID) -> OrgScope:
        """An organization for a job of the platform, which may do everything there.

        Raises:
            NotFound: it was deleted.
        """
        ...
