"""Organizations on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from pipeline_builder.domains.orgs.repository import looks_like_id
from pipeline_builder.kit.paging import Paging
from pipeline_builder.kit.permissions import Permission, Role
from pipeline_builder.kit.wire import Answered, Asked

# Neither control characters, nor what ends a line, nor what turns the direction of the text that follows.
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+$",
    ),
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
Description = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=3,
        max_length=254,
        # One address and nothing that a mail's header would read as another one.
        pattern=r"^[^\s@\x00-\x1f\x7f-\x9f,;:<>()\[\]\"\\]+@[^\s@\x00-\x1f\x7f-\x9f,;:<>()\[\]\"\\]+$",
    ),
]


class OrganizationCreate(Asked):
    """An organization or team, as somebody wants it."""

    name: Name = Field(description="What people call it.")


class OrganizationWrite(Asked):
    """An organization or team, changed."""

    name: Name = Field(description="What people call it.")
    slug: Slug = Field(description="What it is called in addresses and requests: small letters, digits and hyphens.")
    description: Description = Field("", description="For people.")

    @model_validator(mode="after")
    def _is_no_id(self) -> "OrganizationWrite":
        if looks_like_id(self.slug):
            raise ValueError("a slug that looks like an id would be taken for one")
        return self


class OrganizationRead(Answered):
    """An organization or team."""

    id: UUID = Field(description="Id of the organization.")
    parent_id: UUID | None = Field(description="Of a team, the organization it belongs to.")
    slug: str = Field(description="What it is called in addresses and in `X-Organization`.")
    name: str = Field(description="What people call it.")
    description: str = Field(description="For people.")
    revision: int = Field(description="Its ETag in quotes.")
    created_at: datetime = Field(description="When it was founded.")
    updated_at: datetime = Field(description="When it was last changed.")


class BelongingRead(OrganizationRead):
    """An organization that you can work in."""

    role: str = Field(description="What you are there: a built-in role, or the name of one of its own.")
    role_id: UUID | None = Field(description="Id of the role, if it is one of the organization's own.")


class ClosedOrganizationRead(OrganizationRead):
    """An organization or team that was deleted and can be restored."""

    deleted_at: datetime = Field(description="When it was deleted; for 30 days it can be restored.")


class SystemOrganizationRead(OrganizationRead):
    """An organization, as those who run the platform see it."""

    members: int = Field(description="How many people belong to it.")
    suspended_at: datetime | None = Field(description="When it was suspended; null while it is open.")
    deleted_at: datetime | None = Field(description="When it was deleted; null while it is there.")


class OrganizationQuery(Paging):
    """Which organizations are asked for."""

    search: str | None = Field(default=None, max_length=100, description="Only with this in the name or slug.")


class Transfer(Asked):
    """To whom an organization is handed over."""

    user_id: UUID = Field(description="A member of it.")


class MemberQuery(Paging):
    """Which members are asked for."""

    search: str | None = Field(default=None, max_length=100, description="Only with this in the address or name.")
    role: str | None = Field(default=None, max_length=100, description="Only with the role of this name.")


class MemberRead(Answered):
    """Somebody who belongs to the organization."""

    id: UUID = Field(description="Id of the account.")
    email: str = Field(description="Its address.")
    name: str = Field(description="What people call them.")
    role: str = Field(description="A built-in role, or the name of one of the organization's own.")
    role_id: UUID | None = Field(description="Id of the role, if it is one of the organization's own.")
    created_at: datetime = Field(description="When they joined.")


class RoleGiven(Asked):
    """A role: a built-in one by name, or one of the organization's own by id."""

    role: Literal[Role.ADMIN, Role.MEMBER, Role.VIEWER] | None = Field(None, description="A built-in role.")
    role_id: UUID | None = Field(None, description="One of the organization's own roles, instead.")

    @model_validator(mode="after")
    def _one_of_both(self) -> "RoleGiven":
        if (self.role is None) == (self.role_id is None):
            raise ValueError("give either `role` or `roleId`")
        return self


class RoleWrite(Asked):
    """A role of the organization's own."""

    name: Name = Field(description="Name, unique in the organization.")
    permissions: list[Permission] = Field(max_length=100, description="What it may do; at most what you may do.")


class RoleRead(Answered):
    """A role."""

    id: UUID | None = Field(description="Id; null for a built-in role.")
    name: str = Field(description="Its name.")
    permissions: list[str] = Field(description="What it may do.")
    revision: int | None = Field(description="Its ETag in quotes; null for a built-in role, which never changes.")


class PermissionRead(Answered):
    """One thing that somebody may do."""

    name: str = Field(description="As roles and tokens name it.")
    sentence: str = Field(description="What it allows.")
    least: str = Field(description="The weakest built-in role that has it.")
    only_system: bool = Field(description="It exists in the system organization alone.")


class InvitationCreate(RoleGiven):
    """Whom to invite, and to which role."""

    email: Email = Field(description="Address that the invitation goes to; only its account can accept.")


class InvitationRead(Answered):
    """An invitation that is open."""

    id: UUID = Field(description="Id of the invitation.")
    email: str = Field(description="Address that it went to.")
    role: str = Field(description="Name of the role.")
    role_id: UUID | None = Field(description="Id of the role, if it is one of the organization's own.")
    invited_by: str = Field(description="Who invited.")
    created_at: datetime = Field(description="When.")
    expires_at: datetime = Field(description="Until when it can be accepted.")


class Acceptance(Asked):
    """The token of an invitation."""

    token: Annotated[str, StringConstraints(max_length=200)] = Field(description="As the mail has it.")
