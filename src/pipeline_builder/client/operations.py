"""Every operation of the platform's API. Made by `make client`; do not change it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

if TYPE_CHECKING:
    from pipeline_builder.client.connection import Connection


class Acceptance(TypedDict):
    """The token of an invitation."""

    token: str


class AccessTokenRead(TypedDict):
    """An access token that says that its owner was asked just now."""

    accessToken: str
    expiresIn: int


class AccountRead(TypedDict):
    """An account."""

    id: str
    email: str
    name: str
    emailVerifiedAt: str | None
    hasPassword: bool
    hasSecondFactor: bool
    recoveryCodesLeft: int


class AddressChange(TypedDict):
    """Another address."""

    email: str


class AddressProof(TypedDict):
    """What shows that an address is somebody's."""

    token: str


class AttributeRead(TypedDict):
    """One thing that rules can look at."""

    target: str
    name: str
    kind: str
    sentence: str
    operators: list[str]


class AuditEventRead(TypedDict):
    """One line of the trail."""

    id: str
    number: int
    occurredAt: str
    action: str
    actorKind: str
    actorId: str | None
    actorName: str
    subjectKind: str
    subjectId: str
    subjectName: str
    address: str
    requestId: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class BelongingRead(TypedDict):
    """An organization that you can work in."""

    id: str
    parentId: str | None
    slug: str
    name: str
    description: str
    revision: int
    createdAt: str
    updatedAt: str
    role: str
    roleId: str | None


class Broken(TypedDict):
    """A pipeline that would not keep a rule."""

    pipelineId: str
    pipelineName: str
    step: str | None
    message: str


class ChangeRead(TypedDict):
    """One difference between what two revisions would deploy."""

    area: str
    says: str
    detail: list[str]


class ClosedOrganizationRead(TypedDict):
    """An organization or team that was deleted and can be restored."""

    id: str
    parentId: str | None
    slug: str
    name: str
    description: str
    revision: int
    createdAt: str
    updatedAt: str
    deletedAt: str


class CodeGiven(TypedDict):
    """A code of the second factor."""

    code: str


class DefinitionGiven(TypedDict):
    """A definition, as data or as text."""

    definition: NotRequired[dict[str, Any] | None]
    text: NotRequired[str | None]


class DefinitionMade(TypedDict):
    """A definition that was made of a template: check it, change it, and create the pipeline."""

    definition: dict[str, Any]


class DifferenceRead(TypedDict):
    """What changes from one revision to another."""

    changes: list[ChangeRead]
    text: str


class ExaminationRead(TypedDict):
    """What a definition would become."""

    isAccepted: bool
    findings: list[FindingRead]
    violations: list[ViolationRead]
    name: str | None


class ExemptionRead(TypedDict):
    """Leave to break a rule."""

    id: str
    rule: str
    subject: str
    reason: str
    state: str
    expiresAt: str
    requestedAt: str
    requestedBy: str
    reviewedAt: str | None
    reviewedBy: str | None
    review: str


class ExemptionRequest(TypedDict):
    """Leave to break a rule, as somebody asks for it."""

    rule: str
    subject: str
    reason: str
    expiresAt: str


class ExemptionReview(TypedDict):
    """What becomes of a request."""

    state: str
    review: NotRequired[str]


class FieldProblem(TypedDict):
    """What is wrong with one value of a request."""

    at: str
    message: str


class FindingRead(TypedDict):
    """One finding about a document."""

    code: str
    severity: str
    message: str
    at: str
    file: str | None
    hint: str | None
    line: int | None
    column: int | None


class InvitationCreate(TypedDict):
    """Whom to invite, and to which role."""

    role: NotRequired[str | None]
    roleId: NotRequired[str | None]
    email: str


class InvitationRead(TypedDict):
    """An invitation that is open."""

    id: str
    email: str
    role: str
    roleId: str | None
    invitedBy: str
    createdAt: str
    expiresAt: str


class KeySetRead(TypedDict):
    """The keys that access tokens can be verified with (RFC 7517)."""

    keys: list[dict[str, Any]]


class LookedUp(TypedDict):
    """The plugin, with the expressions in its texts rendered."""

    plugin: dict[str, Any]


class Lookup(TypedDict):
    """What the function of a template asks while a stack is deployed."""

    filter: LookupFilter
    context: NotRequired[dict[str, Any]]


class LookupFilter(TypedDict):
    """Which plugin is meant."""

    name: str
    version: NotRequired[str | None]


class MemberRead(TypedDict):
    """Somebody who belongs to the organization."""

    id: str
    email: str
    name: str
    role: str
    roleId: str | None
    createdAt: str


class OrganizationCreate(TypedDict):
    """An organization or team, as somebody wants it."""

    name: str


class OrganizationRead(TypedDict):
    """An organization or team."""

    id: str
    parentId: str | None
    slug: str
    name: str
    description: str
    revision: int
    createdAt: str
    updatedAt: str


class OrganizationWrite(TypedDict):
    """An organization or team, changed."""

    name: str
    slug: str
    description: NotRequired[str]


class AuditEventReadPage(TypedDict):
    """A part of a list."""

    items: list[AuditEventRead]
    nextCursor: str | None


class ExemptionReadPage(TypedDict):
    """A part of a list."""

    items: list[ExemptionRead]
    nextCursor: str | None


class MemberReadPage(TypedDict):
    """A part of a list."""

    items: list[MemberRead]
    nextCursor: str | None


class PipelineSummaryPage(TypedDict):
    """A part of a list."""

    items: list[PipelineSummary]
    nextCursor: str | None


class PluginReadPage(TypedDict):
    """A part of a list."""

    items: list[PluginRead]
    nextCursor: str | None


class RevisionSummaryPage(TypedDict):
    """A part of a list."""

    items: list[RevisionSummary]
    nextCursor: str | None


class RuleReadPage(TypedDict):
    """A part of a list."""

    items: list[RuleRead]
    nextCursor: str | None


class ScanFindingReadPage(TypedDict):
    """A part of a list."""

    items: list[ScanFindingRead]
    nextCursor: str | None


class ScanReadPage(TypedDict):
    """A part of a list."""

    items: list[ScanRead]
    nextCursor: str | None


class SystemOrganizationReadPage(TypedDict):
    """A part of a list."""

    items: list[SystemOrganizationRead]
    nextCursor: str | None


class TemplateReadPage(TypedDict):
    """A part of a list."""

    items: list[TemplateRead]
    nextCursor: str | None


class PasswordChange(TypedDict):
    """Another password."""

    currentPassword: str
    newPassword: str


Permission = str


class PermissionRead(TypedDict):
    """One thing that somebody may do."""

    name: str
    sentence: str
    least: str
    onlySystem: bool


class PipelineRead(TypedDict):
    """A pipeline with its definition."""

    id: str
    name: str
    project: str
    organization: str
    description: str
    keywords: list[str]
    lifecycle: str
    revision: int
    createdAt: str
    createdBy: str
    updatedAt: str
    updatedBy: str
    deletedAt: str | None
    text: str


class PipelineStored(TypedDict):
    """A pipeline that was just stored."""

    id: str
    name: str
    project: str
    organization: str
    description: str
    keywords: list[str]
    lifecycle: str
    revision: int
    createdAt: str
    createdBy: str
    updatedAt: str
    updatedBy: str
    deletedAt: str | None
    text: str
    findings: list[FindingRead]
    violations: list[ViolationRead]


class PipelineSummary(TypedDict):
    """A pipeline as it is now, without its definition."""

    id: str
    name: str
    project: str
    organization: str
    description: str
    keywords: list[str]
    lifecycle: str
    revision: int
    createdAt: str
    createdBy: str
    updatedAt: str
    updatedBy: str
    deletedAt: str | None


class PipelineWrite(TypedDict):
    """A pipeline, as somebody wants it."""

    definition: NotRequired[dict[str, Any] | None]
    text: NotRequired[str | None]
    description: NotRequired[str | None]
    keywords: NotRequired[list[str]]
    lifecycle: NotRequired[str]
    message: NotRequired[str]


class PlanSet(TypedDict):
    """The plan of an organization, and limits that differ from it."""

    plan: str
    limits: NotRequired[dict[str, int | None]]


class PluginRead(TypedDict):
    """A plugin, without its versions."""

    id: str
    orgId: str
    name: str
    visibility: str
    category: str
    description: str
    keywords: list[str]
    newest: str
    revision: int
    createdAt: str
    createdBy: str
    updatedAt: str


class PluginUsageRead(TypedDict):
    """Who uses a plugin."""

    pipelines: list[UseRead]
    elsewhere: int


class PluginWithVersions(TypedDict):
    """A plugin with its versions."""

    id: str
    orgId: str
    name: str
    visibility: str
    category: str
    description: str
    keywords: list[str]
    newest: str
    revision: int
    createdAt: str
    createdBy: str
    updatedAt: str
    versions: list[VersionRead]


class PolicyRead(TypedDict):
    """A named list of rules."""

    id: str
    orgId: str
    name: str
    description: str
    rules: list[str]
    revision: int
    createdAt: str
    updatedAt: str


class PolicyWrite(TypedDict):
    """A named list of rules."""

    name: str
    description: NotRequired[str]
    rules: list[str]


class PreviewRead(TypedDict):
    """What a rule would say to what there is."""

    examined: int
    total: int
    broken: list[Broken]


class Problem(TypedDict):
    """Why a request was not carried out (RFC 9457). Nothing was changed."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    requestId: str
    errors: NotRequired[list[FieldProblem] | None]


class Proof(TypedDict):
    """What shows again who somebody is."""

    password: NotRequired[str | None]
    code: NotRequired[str | None]


class QuotaRead(TypedDict):
    """What an organization may have and use, together with its teams."""

    plan: str
    usage: list[ResourceUsageRead]


class RecoveryCodes(TypedDict):
    """Codes for the day the device is lost."""

    recoveryCodes: list[str]


class Refresh(TypedDict):
    """The refresh token of a session."""

    refreshToken: str


class Register(TypedDict):
    """An account, and the organization that comes with it."""

    email: str
    name: str
    password: str
    organization: str


class Reset(TypedDict):
    """A password, and the token that lets it be set."""

    token: str
    newPassword: str


class ResetAsked(TypedDict):
    """Whose password shall be set anew."""

    email: str


Resource = str


class ResourceUsageRead(TypedDict):
    """How much of one resource is used."""

    resource: Resource
    limit: int | None
    used: int
    remaining: int | None
    resetsAt: str | None


class RevisionRead(TypedDict):
    """One state that a pipeline had, with everything in it."""

    number: int
    message: str
    createdAt: str
    createdBy: str
    text: str
    lock: str
    description: str
    keywords: list[str]
    lifecycle: str


class RevisionSummary(TypedDict):
    """One state that a pipeline had."""

    number: int
    message: str
    createdAt: str
    createdBy: str


class RoleGiven(TypedDict):
    """A role: a built-in one by name, or one of the organization's own by id."""

    role: NotRequired[str | None]
    roleId: NotRequired[str | None]


class RoleRead(TypedDict):
    """A role."""

    id: str | None
    name: str
    permissions: list[str]
    revision: int | None


class RoleWrite(TypedDict):
    """A role of the organization's own."""

    name: str
    permissions: list[Permission]


class RulePreview(TypedDict):
    """A rule that is not switched on yet."""

    rule: dict[str, Any]


class RuleRead(TypedDict):
    """A rule."""

    id: str
    orgId: str
    name: str
    target: str
    severity: str
    description: str
    document: dict[str, Any]
    isActive: bool
    isImposed: bool
    sets: list[str]
    revision: int
    createdAt: str
    createdBy: str
    updatedAt: str
    updatedBy: str


class RuleRevisionRead(TypedDict):
    """One state that a rule had."""

    number: int
    document: dict[str, Any]
    isActive: bool
    isImposed: bool
    createdAt: str
    createdBy: str


class RuleWrite(TypedDict):
    """A rule, as somebody wants it."""

    rule: dict[str, Any]
    isActive: NotRequired[bool]
    isImposed: NotRequired[bool]


class ScanFindingRead(TypedDict):
    """A rule that a pipeline did not keep."""

    number: int
    pipelineId: str
    pipelineName: str
    rule: str
    severity: str
    step: str | None
    message: str
    isExempt: bool


class ScanRead(TypedDict):
    """One look at every pipeline of the organization."""

    id: str
    state: str
    examined: int
    total: int
    createdAt: str
    createdBy: str
    endedAt: str | None


class SecondFactorBegun(TypedDict):
    """A second factor that is not confirmed yet."""

    secret: str
    address: str


class SessionRead(TypedDict):
    """A device's stay."""

    id: str
    isCurrent: bool
    createdAt: str
    lastUsedAt: str
    expiresAt: str
    userAgent: str
    address: str


class SetSubscription(TypedDict):
    """How all rules of a published set are made one's own."""

    isImposed: NotRequired[bool]


class SignIn(TypedDict):
    """Address and password."""

    email: str
    password: str


class SignInWithCode(TypedDict):
    """The second step of signing in."""

    challenge: str
    code: str


class SignedInRead(TypedDict):
    """Tokens of a session."""

    accessToken: str
    expiresIn: int
    refreshToken: str
    sessionId: str
    userId: str
    orgId: str | None


class Subscribed(TypedDict):
    """How many rules count now."""

    rules: int


class SubscriptionRead(TypedDict):
    """A published rule that counts here."""

    ruleId: str
    name: str
    target: str
    severity: str
    isImposed: bool
    pinned: int | None
    newest: int
    createdAt: str
    createdBy: str


class SubscriptionWrite(TypedDict):
    """How a published rule is made one's own."""

    pinned: NotRequired[int | None]
    isImposed: NotRequired[bool]


class SystemOrganizationRead(TypedDict):
    """An organization, as those who run the platform see it."""

    id: str
    parentId: str | None
    slug: str
    name: str
    description: str
    revision: int
    createdAt: str
    updatedAt: str
    members: int
    suspendedAt: str | None
    deletedAt: str | None


class TemplateInput(TypedDict):
    """One value that whoever uses a template gives."""

    type: str
    description: str
    default: NotRequired[str | None]
    required: NotRequired[bool]
    enum: NotRequired[list[str]]
    pattern: NotRequired[str | None]


class TemplateRead(TypedDict):
    """A golden-path template."""

    id: str
    orgId: str
    name: str
    description: str
    keywords: list[str]
    visibility: str
    inputs: dict[str, dict[str, Any]]
    text: str
    revision: int
    createdAt: str
    createdBy: str
    updatedAt: str
    updatedBy: str


class TemplateUse(TypedDict):
    """What a template is used for."""

    project: str
    organization: str
    pipelineName: NotRequired[str | None]
    inputs: NotRequired[dict[str, Any]]


class TemplateWrite(TypedDict):
    """A golden-path template: a definition whose `vars` are asked for."""

    definition: NotRequired[dict[str, Any] | None]
    text: NotRequired[str | None]
    name: str
    description: NotRequired[str]
    keywords: NotRequired[list[str]]
    visibility: NotRequired[str]
    inputs: NotRequired[dict[str, Any]]


class TokenCreate(TypedDict):
    """A token for a program."""

    name: str
    permissions: list[Permission]
    expiresInDays: NotRequired[int]


class TokenMade(TypedDict):
    """A token for a program, with the token: it is shown this once."""

    id: str
    orgId: str
    userId: str | None
    name: str
    permissions: list[str]
    createdBy: str
    createdAt: str
    expiresAt: str
    lastUsedAt: str | None
    token: str


class TokenRead(TypedDict):
    """A token for a program, without the token."""

    id: str
    orgId: str
    userId: str | None
    name: str
    permissions: list[str]
    createdBy: str
    createdAt: str
    expiresAt: str
    lastUsedAt: str | None


class Transfer(TypedDict):
    """To whom an organization is handed over."""

    userId: str


class UseRead(TypedDict):
    """A pipeline that uses a plugin."""

    version: str
    orgId: str
    pipelineId: str
    pipelineName: str


class VerificationRead(TypedDict):
    """Whether the trail is whole."""

    isWhole: bool
    lines: int
    fault: str | None
    at: int | None
    head: str


class VersionPublish(TypedDict):
    """A version of a plugin, as the text files of its package."""

    files: dict[str, Any]
    visibility: NotRequired[str | None]


class VersionRead(TypedDict):
    """A published version."""

    id: str
    version: str
    buildType: str
    digest: str | None
    publishedAt: str
    publishedBy: str
    deprecated: str | None
    yanked: str | None


class VersionWarning(TypedDict):
    """What is wrong with a version."""

    deprecated: NotRequired[str | None]
    yanked: NotRequired[str | None]


class VersionWithSpecification(TypedDict):
    """A published version with everything in it."""

    id: str
    version: str
    buildType: str
    digest: str | None
    publishedAt: str
    publishedBy: str
    deprecated: str | None
    yanked: str | None
    specification: dict[str, Any]
    files: dict[str, str]


class ViolationRead(TypedDict):
    """A rule that is not kept."""

    rule: str
    severity: str
    attribute: str
    expected: str
    actual: str
    step: str | None
    message: str
    hint: str | None
    isExempt: bool


class VisibilitySet(TypedDict):
    """Who may use a plugin."""

    visibility: str


class Client:
    """The operations, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def accept_invitation(self, body: Acceptance) -> OrganizationRead:
        """Accept an invitation with the token of its mail, signed in with the address that it went to."""
        answer: OrganizationRead = self.connection.request("POST", "/api/invitations/acceptance", body=body)
        return answer

    def ask_for_password_reset(self, body: ResetAsked) -> Any:
        """Have a token mailed with which the password can be set. The answer does not tell whether there is an account."""
        answer: Any = self.connection.request("POST", "/api/password-resets", body=body)
        return answer

    def begin_second_factor(self) -> SecondFactorBegun:
        """Set a second factor up. It counts once a code of it has confirmed it."""
        answer: SecondFactorBegun = self.connection.request("POST", "/api/account/second-factor")
        return answer

    def cancel_scan(self, scan: str) -> None:
        """Cancel a scan that waits or runs."""
        self.connection.request("DELETE", f"/api/scans/{scan}")

    def change_address(self, body: AddressChange) -> Any:
        """Have a token mailed to an address, of yours or to be yours; it becomes yours once the token was sent back."""
        answer: Any = self.connection.request("PUT", "/api/account/email", body=body)
        return answer

    def change_organization(self, body: OrganizationWrite, *, if_match: str | None = None) -> OrganizationRead:
        """Change the organization's name, slug and description."""
        answer: OrganizationRead = self.connection.request(
            "PUT", "/api/organizations/current", body=body, headers={"if-match": if_match}
        )
        return answer

    def change_password(self, body: PasswordChange) -> None:
        """Change your password. Every other session of yours ends."""
        self.connection.request("PUT", "/api/account/password", body=body)

    def change_pipeline(self, pipeline: str, body: PipelineWrite, *, if_match: str | None = None) -> PipelineStored:
        """Give a pipeline another definition, as a new revision. Plugins that stay keep the versions they are locked to."""
        answer: PipelineStored = self.connection.request(
            "PUT", f"/api/pipelines/{pipeline}", body=body, headers={"if-match": if_match}
        )
        return answer

    def change_pipeline_template(
        self, template: str, body: TemplateWrite, *, if_match: str | None = None
    ) -> TemplateRead:
        """Change a golden-path template. Pipelines that were made of it stay as they are."""
        answer: TemplateRead = self.connection.request(
            "PUT", f"/api/pipeline-templates/{template}", body=body, headers={"if-match": if_match}
        )
        return answer

    def change_policy(self, policy: str, body: PolicyWrite, *, if_match: str | None = None) -> PolicyRead:
        """Change a policy."""
        answer: PolicyRead = self.connection.request(
            "PUT", f"/api/policies/{policy}", body=body, headers={"if-match": if_match}
        )
        return answer

    def change_role(self, role: str, body: RoleWrite, *, if_match: str | None = None) -> RoleRead:
        """Change a role. It holds at once for everybody who has it."""
        answer: RoleRead = self.connection.request(
            "PUT", f"/api/roles/{role}", body=body, headers={"if-match": if_match}
        )
        return answer

    def change_rule(self, rule: str, body: RuleWrite, *, if_match: str | None = None) -> RuleRead:
        """Change a rule, as a new revision. It counts from the next request on."""
        answer: RuleRead = self.connection.request(
            "PUT", f"/api/rules/{rule}", body=body, headers={"if-match": if_match}
        )
        return answer

    def compare_revisions(
        self, pipeline: str, *, before: int | None = None, after: int | None = None
    ) -> DifferenceRead:
        """Tell what changes from one revision to another: in what is deployed, and in the text."""
        answer: DifferenceRead = self.connection.request(
            "GET", f"/api/pipelines/{pipeline}/difference", query={"before": before, "after": after}
        )
        return answer

    def confirm_second_factor(self, body: CodeGiven) -> RecoveryCodes:
        """Switch the second factor on, by a code of it."""
        answer: RecoveryCodes = self.connection.request("POST", "/api/account/second-factor/confirmation", body=body)
        return answer

    def create_pipeline(self, body: PipelineWrite, *, idempotency_key: str | None = None) -> PipelineStored:
        """Create a pipeline from a definition."""
        answer: PipelineStored = self.connection.request(
            "POST", "/api/pipelines", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def create_pipeline_template(self, body: TemplateWrite, *, idempotency_key: str | None = None) -> TemplateRead:
        """Create a golden-path template: a definition whose `vars` are asked for."""
        answer: TemplateRead = self.connection.request(
            "POST", "/api/pipeline-templates", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def create_policy(self, body: PolicyWrite, *, idempotency_key: str | None = None) -> PolicyRead:
        """Create a policy: a named list of rules."""
        answer: PolicyRead = self.connection.request(
            "POST", "/api/policies", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def create_rule(self, body: RuleWrite, *, idempotency_key: str | None = None) -> RuleRead:
        """Create a rule. One that names what does not exist is refused, with everything that is wrong."""
        answer: RuleRead = self.connection.request(
            "POST", "/api/rules", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def create_team(self, body: OrganizationCreate, *, idempotency_key: str | None = None) -> OrganizationRead:
        """Create a team. It shares the organization's limits, and the organization's owner and admins are admins in it."""
        answer: OrganizationRead = self.connection.request(
            "POST", "/api/teams", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def define_role(self, body: RoleWrite, *, idempotency_key: str | None = None) -> RoleRead:
        """Define a role of the organization's own, with at most what you may do yourself."""
        answer: RoleRead = self.connection.request(
            "POST", "/api/roles", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def delete_organization(self, *, if_match: str | None = None) -> None:
        """Delete the organization with its teams: from now on every token in it is refused."""
        self.connection.request("DELETE", "/api/organizations/current", headers={"if-match": if_match})

    def delete_pipeline(self, pipeline: str, *, if_match: str | None = None) -> None:
        """Delete a pipeline. It can be restored for 30 days."""
        self.connection.request("DELETE", f"/api/pipelines/{pipeline}", headers={"if-match": if_match})

    def delete_pipeline_template(self, template: str, *, if_match: str | None = None) -> None:
        """Delete a golden-path template. Pipelines that were made of it stay."""
        self.connection.request("DELETE", f"/api/pipeline-templates/{template}", headers={"if-match": if_match})

    def delete_plugin(self, plugin: str, *, if_match: str | None = None) -> None:
        """Delete a plugin that no pipeline uses. It can be restored for 30 days."""
        self.connection.request("DELETE", f"/api/plugins/{plugin}", headers={"if-match": if_match})

    def delete_policy(self, policy: str, *, if_match: str | None = None) -> None:
        """Delete a policy; its rules stay."""
        self.connection.request("DELETE", f"/api/policies/{policy}", headers={"if-match": if_match})

    def delete_rule(self, rule: str, *, if_match: str | None = None) -> None:
        """Delete a rule."""
        self.connection.request("DELETE", f"/api/rules/{rule}", headers={"if-match": if_match})

    def delete_team(self, team: str, *, if_match: str | None = None) -> None:
        """Delete a team. It can be restored for 30 days."""
        self.connection.request("DELETE", f"/api/teams/{team}", headers={"if-match": if_match})

    def end_session(self, session: str) -> None:
        """Sign another device out."""
        self.connection.request("DELETE", f"/api/sessions/{session}")

    def end_suspension(self, organization: str) -> None:
        """Let people into a suspended organization again."""
        self.connection.request("DELETE", f"/api/system/organizations/{organization}/suspension")

    def examine_definition(self, body: DefinitionGiven, *, idempotency_key: str | None = None) -> ExaminationRead:
        """Tell what would be said to a definition, without storing anything."""
        answer: ExaminationRead = self.connection.request(
            "POST", "/api/pipelines/examination", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def export_definition(self, pipeline: str, *, revision: int | None = None) -> str:
        """Export a definition: the file as it was written, for a repository and `pipeline-manager`."""
        answer: str = self.connection.request(
            "GET", f"/api/pipelines/{pipeline}/definition", query={"revision": revision}
        )
        return answer

    def export_lock(self, pipeline: str, *, revision: int | None = None) -> Any:
        """Export the lock: `pipeline.lock`, with which the definition becomes the same template anywhere."""
        answer: Any = self.connection.request("GET", f"/api/pipelines/{pipeline}/lock", query={"revision": revision})
        return answer

    def found_organization(self, body: OrganizationCreate) -> OrganizationRead:
        """Found an organization, which you will own."""
        answer: OrganizationRead = self.connection.request("POST", "/api/organizations", body=body)
        return answer

    def give_role(self, member: str, body: RoleGiven) -> MemberRead:
        """Give a member another role. It holds from their next request on."""
        answer: MemberRead = self.connection.request("PUT", f"/api/members/{member}/role", body=body)
        return answer

    def invite(self, body: InvitationCreate, *, idempotency_key: str | None = None) -> InvitationRead:
        """Invite an address by mail. Nobody belongs to an organization without having accepted."""
        answer: InvitationRead = self.connection.request(
            "POST", "/api/invitations", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def leave_organization(self, organization: str) -> None:
        """Leave an organization or team; your tokens there end. It takes no permission, and no program can do it for you."""
        self.connection.request("DELETE", f"/api/organizations/{organization}/membership")

    def list_all_organizations(
        self, *, limit: int | None = None, sort: str | None = None, cursor: str | None = None, search: str | None = None
    ) -> SystemOrganizationReadPage:
        """List every organization. For those who run the platform."""
        answer: SystemOrganizationReadPage = self.connection.request(
            "GET", "/api/system/organizations", query={"limit": limit, "sort": sort, "cursor": cursor, "search": search}
        )
        return answer

    def list_deleted_organizations(self) -> list[ClosedOrganizationRead]:
        """List the organizations that you owned, were deleted, and can still be restored."""
        answer: list[ClosedOrganizationRead] = self.connection.request("GET", "/api/organizations/deleted")
        return answer

    def list_deleted_teams(self) -> list[ClosedOrganizationRead]:
        """List the teams that were deleted and can still be restored."""
        answer: list[ClosedOrganizationRead] = self.connection.request("GET", "/api/teams/deleted")
        return answer

    def list_events(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        cursor: str | None = None,
        action: str | None = None,
        actor_id: str | None = None,
        subject_kind: str | None = None,
        subject_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> AuditEventReadPage:
        """List what was done in the organization, the newest first."""
        answer: AuditEventReadPage = self.connection.request(
            "GET",
            "/api/audit",
            query={
                "limit": limit,
                "sort": sort,
                "cursor": cursor,
                "action": action,
                "actorId": actor_id,
                "subjectKind": subject_kind,
                "subjectId": subject_id,
                "since": since,
                "until": until,
            },
        )
        return answer

    def list_exemptions(
        self, *, limit: int | None = None, sort: str | None = None, cursor: str | None = None, state: str | None = None
    ) -> ExemptionReadPage:
        """List exemptions and requests for them, the newest first."""
        answer: ExemptionReadPage = self.connection.request(
            "GET", "/api/exemptions", query={"limit": limit, "sort": sort, "cursor": cursor, "state": state}
        )
        return answer

    def list_invitations(self) -> list[InvitationRead]:
        """List the invitations that are open."""
        answer: list[InvitationRead] = self.connection.request("GET", "/api/invitations")
        return answer

    def list_members(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        cursor: str | None = None,
        search: str | None = None,
        role: str | None = None,
    ) -> MemberReadPage:
        """List who belongs to the organization."""
        answer: MemberReadPage = self.connection.request(
            "GET",
            "/api/members",
            query={"limit": limit, "sort": sort, "cursor": cursor, "search": search, "role": role},
        )
        return answer

    def list_organizations(self) -> list[BelongingRead]:
        """List the organizations and teams that you can work in."""
        answer: list[BelongingRead] = self.connection.request("GET", "/api/organizations")
        return answer

    def list_permissions(self) -> list[PermissionRead]:
        """List everything that can be allowed."""
        answer: list[PermissionRead] = self.connection.request("GET", "/api/permissions")
        return answer

    def list_personal_tokens(self) -> list[TokenRead]:
        """List your tokens in this organization."""
        answer: list[TokenRead] = self.connection.request("GET", "/api/personal-tokens")
        return answer

    def list_pipeline_templates(
        self, *, limit: int | None = None, sort: str | None = None, cursor: str | None = None, search: str | None = None
    ) -> TemplateReadPage:
        """List golden-path templates: the organization's own, public ones of the organization above, the system's."""
        answer: TemplateReadPage = self.connection.request(
            "GET", "/api/pipeline-templates", query={"limit": limit, "sort": sort, "cursor": cursor, "search": search}
        )
        return answer

    def list_pipelines(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        cursor: str | None = None,
        name: str | None = None,
        project: str | None = None,
        lifecycle: str | None = None,
        keyword: str | None = None,
        search: str | None = None,
        deleted: bool | None = None,
    ) -> PipelineSummaryPage:
        """List the organization's pipelines."""
        answer: PipelineSummaryPage = self.connection.request(
            "GET",
            "/api/pipelines",
            query={
                "limit": limit,
                "sort": sort,
                "cursor": cursor,
                "name": name,
                "project": project,
                "lifecycle": lifecycle,
                "keyword": keyword,
                "search": search,
                "deleted": deleted,
            },
        )
        return answer

    def list_plugins(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        cursor: str | None = None,
        name: str | None = None,
        category: str | None = None,
        keyword: str | None = None,
        search: str | None = None,
        owner: str | None = None,
        favourites: bool | None = None,
        deleted: bool | None = None,
    ) -> PluginReadPage:
        """List the plugins that the organization can use: its own, public ones of the organization above, the system's."""
        answer: PluginReadPage = self.connection.request(
            "GET",
            "/api/plugins",
            query={
                "limit": limit,
                "sort": sort,
                "cursor": cursor,
                "name": name,
                "category": category,
                "keyword": keyword,
                "search": search,
                "owner": owner,
                "favourites": favourites,
                "deleted": deleted,
            },
        )
        return answer

    def list_policies(self) -> list[PolicyRead]:
        """List the organization's policies and the published ones."""
        answer: list[PolicyRead] = self.connection.request("GET", "/api/policies")
        return answer

    def list_revisions(
        self, pipeline: str, *, limit: int | None = None, cursor: int | None = None
    ) -> RevisionSummaryPage:
        """List what a pipeline has been, the newest first."""
        answer: RevisionSummaryPage = self.connection.request(
            "GET", f"/api/pipelines/{pipeline}/revisions", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def list_roles(self) -> list[RoleRead]:
        """List the built-in roles and the organization's own."""
        answer: list[RoleRead] = self.connection.request("GET", "/api/roles")
        return answer

    def list_rule_attributes(self) -> list[AttributeRead]:
        """List everything that rules can look at, with the operators that can be used on it."""
        answer: list[AttributeRead] = self.connection.request("GET", "/api/rule-attributes")
        return answer

    def list_rule_revisions(self, rule: str) -> list[RuleRevisionRead]:
        """List what a rule has been, the newest first."""
        answer: list[RuleRevisionRead] = self.connection.request("GET", f"/api/rules/{rule}/revisions")
        return answer

    def list_rule_subscriptions(self) -> list[SubscriptionRead]:
        """List the published rules that count in the organization."""
        answer: list[SubscriptionRead] = self.connection.request("GET", "/api/rule-subscriptions")
        return answer

    def list_rules(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        cursor: str | None = None,
        target: str | None = None,
        severity: str | None = None,
        set: str | None = None,
        owner: str | None = None,
        search: str | None = None,
    ) -> RuleReadPage:
        """List rules: the organization's own, those that the organization above imposes, and published ones."""
        answer: RuleReadPage = self.connection.request(
            "GET",
            "/api/rules",
            query={
                "limit": limit,
                "sort": sort,
                "cursor": cursor,
                "target": target,
                "severity": severity,
                "set": set,
                "owner": owner,
                "search": search,
            },
        )
        return answer

    def list_scan_findings(
        self, scan: str, *, limit: int | None = None, cursor: int | None = None
    ) -> ScanFindingReadPage:
        """List what a scan found."""
        answer: ScanFindingReadPage = self.connection.request(
            "GET", f"/api/scans/{scan}/findings", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def list_scans(
        self, *, limit: int | None = None, sort: str | None = None, cursor: str | None = None
    ) -> ScanReadPage:
        """List the scans of the organization, the newest first."""
        answer: ScanReadPage = self.connection.request(
            "GET", "/api/scans", query={"limit": limit, "sort": sort, "cursor": cursor}
        )
        return answer

    def list_service_tokens(self) -> list[TokenRead]:
        """List the organization's service tokens."""
        answer: list[TokenRead] = self.connection.request("GET", "/api/service-tokens")
        return answer

    def list_sessions(self) -> list[SessionRead]:
        """List the devices that are signed in to the account."""
        answer: list[SessionRead] = self.connection.request("GET", "/api/sessions")
        return answer

    def list_teams(self) -> list[OrganizationRead]:
        """List the organization's teams."""
        answer: list[OrganizationRead] = self.connection.request("GET", "/api/teams")
        return answer

    def look_plugin_up(self, body: Lookup, *, idempotency_key: str | None = None) -> LookedUp:
        """Look a plugin up while a stack is deployed. For the function in a template, with a service token."""
        answer: LookedUp = self.connection.request(
            "POST", "/api/plugins/lookup", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def make_personal_token(self, body: TokenCreate, *, idempotency_key: str | None = None) -> TokenMade:
        """Make a token for a program that acts as you in this organization, within the permissions you name."""
        answer: TokenMade = self.connection.request(
            "POST", "/api/personal-tokens", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def make_plugin_favourite(self, plugin: str) -> None:
        """Put a plugin among your favourites."""
        self.connection.request("PUT", f"/api/plugins/{plugin}/favourite")

    def make_service_token(self, body: TokenCreate, *, idempotency_key: str | None = None) -> TokenMade:
        """Make a token for a program that acts in its own name, as the Lambda that looks plugins up does."""
        answer: TokenMade = self.connection.request(
            "POST", "/api/service-tokens", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def plan_definition(self, body: DefinitionGiven, *, idempotency_key: str | None = None) -> dict[str, Any]:
        """Tell every decision that would be taken for a definition, without storing anything."""
        answer: dict[str, Any] = self.connection.request(
            "POST", "/api/pipelines/plan", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def preview_rule(self, body: RulePreview, *, idempotency_key: str | None = None) -> PreviewRead:
        """Tell which of the existing pipelines would not keep a rule, before it is switched on."""
        answer: PreviewRead = self.connection.request(
            "POST", "/api/rules/preview", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def prove(self, body: Proof) -> AccessTokenRead:
        """Show again who you are, for what takes it. Accounts without a password sign in anew instead."""
        answer: AccessTokenRead = self.connection.request("POST", "/api/sessions/current/proof", body=body)
        return answer

    def prove_address(self, body: AddressProof) -> None:
        """Show that an address is yours, by the token that was mailed to it."""
        self.connection.request("POST", "/api/addresses/proof", body=body)

    def publish_version(self, body: VersionPublish, *, idempotency_key: str | None = None) -> PluginRead:
        """Publish a version of a plugin from the text files of its package. What is published never changes."""
        answer: PluginRead = self.connection.request(
            "POST", "/api/plugins/versions", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def read_account(self) -> AccountRead:
        """Tell who is signed in."""
        answer: AccountRead = self.connection.request("GET", "/api/account")
        return answer

    def read_keys(self) -> KeySetRead:
        """Tell the keys that access tokens can be verified with."""
        answer: KeySetRead = self.connection.request("GET", "/.well-known/jwks.json")
        return answer

    def read_organization(self) -> OrganizationRead:
        """Read the organization of the request."""
        answer: OrganizationRead = self.connection.request("GET", "/api/organizations/current")
        return answer

    def read_pipeline(self, pipeline: str) -> PipelineRead:
        """Read a pipeline with its definition."""
        answer: PipelineRead = self.connection.request("GET", f"/api/pipelines/{pipeline}")
        return answer

    def read_pipeline_template(self, template: str) -> TemplateRead:
        """Read a golden-path template."""
        answer: TemplateRead = self.connection.request("GET", f"/api/pipeline-templates/{template}")
        return answer

    def read_plan(self, pipeline: str, *, revision: int | None = None) -> dict[str, Any]:
        """Tell every decision that is taken for a pipeline: stages, order, artifacts, roles and their permissions."""
        answer: dict[str, Any] = self.connection.request(
            "GET", f"/api/pipelines/{pipeline}/plan", query={"revision": revision}
        )
        return answer

    def read_plugin(self, plugin: str) -> PluginWithVersions:
        """Read a plugin with its versions."""
        answer: PluginWithVersions = self.connection.request("GET", f"/api/plugins/{plugin}")
        return answer

    def read_plugin_usage(self, plugin: str) -> PluginUsageRead:
        """Tell which pipelines use which version of a plugin."""
        answer: PluginUsageRead = self.connection.request("GET", f"/api/plugins/{plugin}/usage")
        return answer

    def read_quota(self) -> QuotaRead:
        """Tell the plan of the organization, its limits, and how much of them is used."""
        answer: QuotaRead = self.connection.request("GET", "/api/quotas")
        return answer

    def read_revision(self, pipeline: str, number: str) -> RevisionRead:
        """Read what a pipeline was."""
        answer: RevisionRead = self.connection.request("GET", f"/api/pipelines/{pipeline}/revisions/{number}")
        return answer

    def read_role(self, role: str) -> RoleRead:
        """Read a role of the organization's own."""
        answer: RoleRead = self.connection.request("GET", f"/api/roles/{role}")
        return answer

    def read_rule(self, rule: str) -> RuleRead:
        """Read a rule."""
        answer: RuleRead = self.connection.request("GET", f"/api/rules/{rule}")
        return answer

    def read_scan(self, scan: str) -> ScanRead:
        """Read how far a scan is."""
        answer: ScanRead = self.connection.request("GET", f"/api/scans/{scan}")
        return answer

    def read_template(self, pipeline: str, *, revision: int | None = None) -> Any:
        """Render a pipeline as a CloudFormation template."""
        answer: Any = self.connection.request(
            "GET", f"/api/pipelines/{pipeline}/template", query={"revision": revision}
        )
        return answer

    def read_version(self, plugin: str, version: str) -> VersionWithSpecification:
        """Read a published version: specification, inputs, secrets, outputs, and the files as they were published."""
        answer: VersionWithSpecification = self.connection.request("GET", f"/api/plugins/{plugin}/versions/{version}")
        return answer

    def refresh(self, body: Refresh) -> SignedInRead:
        """Get the next pair of tokens. A refresh token that comes a second time ends its session."""
        answer: SignedInRead = self.connection.request("POST", "/api/sessions/refresh", body=body)
        return answer

    def register(self, body: Register) -> SignedInRead:
        """Make an account with an organization of its own, and sign in."""
        answer: SignedInRead = self.connection.request("POST", "/api/registrations", body=body)
        return answer

    def remove_member(self, member: str) -> None:
        """Remove a member. From their next request on they are out, and their tokens here end."""
        self.connection.request("DELETE", f"/api/members/{member}")

    def remove_role(self, role: str, *, if_match: str | None = None) -> None:
        """Remove a role that nobody has."""
        self.connection.request("DELETE", f"/api/roles/{role}", headers={"if-match": if_match})

    def remove_second_factor(self) -> None:
        """Sign in without a second factor from now on."""
        self.connection.request("DELETE", "/api/account/second-factor")

    def render_definition(self, body: DefinitionGiven, *, idempotency_key: str | None = None) -> Any:
        """Render a definition as a CloudFormation template, without storing anything."""
        answer: Any = self.connection.request(
            "POST", "/api/pipelines/template", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def request_exemption(self, body: ExemptionRequest, *, idempotency_key: str | None = None) -> ExemptionRead:
        """Ask for leave to break a rule; by name, so that it can be asked for before there is anything."""
        answer: ExemptionRead = self.connection.request(
            "POST", "/api/exemptions", body=body, headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def reset_password(self, body: Reset) -> None:
        """Set the password by a token that was mailed. Every session of the account ends."""
        self.connection.request("POST", "/api/password-resets/completion", body=body)

    def restore_organization(self, organization: str, *, idempotency_key: str | None = None) -> None:
        """Bring a deleted organization back, with the teams that were deleted with it."""
        self.connection.request(
            "POST",
            f"/api/system/organizations/{organization}/restoration",
            headers={"Idempotency-Key": idempotency_key},
        )

    def restore_own_organization(self, organization: str) -> OrganizationRead:
        """Bring back an organization that you owned, with the teams that were deleted with it, within 30 days."""
        answer: OrganizationRead = self.connection.request("POST", f"/api/organizations/{organization}/restoration")
        return answer

    def restore_pipeline(self, pipeline: str, *, idempotency_key: str | None = None) -> PipelineSummary:
        """Bring a deleted pipeline back."""
        answer: PipelineSummary = self.connection.request(
            "POST", f"/api/pipelines/{pipeline}/restoration", headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def restore_plugin(self, plugin: str, *, idempotency_key: str | None = None) -> PluginRead:
        """Bring a deleted plugin back."""
        answer: PluginRead = self.connection.request(
            "POST", f"/api/plugins/{plugin}/restoration", headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def restore_revision(
        self, pipeline: str, number: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> PipelineStored:
        """Make an earlier revision the newest one, with the versions of plugins that it had."""
        answer: PipelineStored = self.connection.request(
            "POST",
            f"/api/pipelines/{pipeline}/revisions/{number}/restoration",
            headers={"if-match": if_match, "Idempotency-Key": idempotency_key},
        )
        return answer

    def restore_team(self, team: str, *, idempotency_key: str | None = None) -> OrganizationRead:
        """Bring back a team with everything in it, within 30 days and if the organization's limits have room for it."""
        answer: OrganizationRead = self.connection.request(
            "POST", f"/api/teams/{team}/restoration", headers={"Idempotency-Key": idempotency_key}
        )
        return answer

    def review_exemption(self, exemption: str, body: ExemptionReview) -> ExemptionRead:
        """Approve or reject a request that somebody else made, or revoke what was approved."""
        answer: ExemptionRead = self.connection.request("PUT", f"/api/exemptions/{exemption}/review", body=body)
        return answer

    def revoke_invitation(self, invitation: str) -> None:
        """Take an invitation back."""
        self.connection.request("DELETE", f"/api/invitations/{invitation}")

    def revoke_personal_token(self, token: str) -> None:
        """Revoke one of your tokens."""
        self.connection.request("DELETE", f"/api/personal-tokens/{token}")

    def revoke_service_token(self, token: str) -> None:
        """Revoke a service token."""
        self.connection.request("DELETE", f"/api/service-tokens/{token}")

    def send_invitation_again(self, invitation: str, *, idempotency_key: str | None = None) -> None:
        """Send an invitation again, with another token."""
        self.connection.request(
            "POST", f"/api/invitations/{invitation}/mail", headers={"Idempotency-Key": idempotency_key}
        )

    def set_plan(self, organization: str, body: PlanSet) -> None:
        """Give an organization a plan. For those who run the platform."""
        self.connection.request("PUT", f"/api/quotas/{organization}", body=body)

    def set_plugin_visibility(self, plugin: str, body: VisibilitySet, *, if_match: str | None = None) -> PluginRead:
        """Let others use a plugin, or no longer."""
        answer: PluginRead = self.connection.request(
            "PUT", f"/api/plugins/{plugin}/visibility", body=body, headers={"if-match": if_match}
        )
        return answer

    def sign_in(self, body: SignIn) -> SignedInRead:
        """Sign in: begin a session on this device."""
        answer: SignedInRead = self.connection.request("POST", "/api/sessions", body=body)
        return answer

    def sign_in_with_code(self, body: SignInWithCode) -> SignedInRead:
        """Sign in, second step: the challenge of the first one, and a code of the second factor."""
        answer: SignedInRead = self.connection.request("POST", "/api/sessions/second-factor", body=body)
        return answer

    def sign_out(self) -> None:
        """Sign out: end the session that asks."""
        self.connection.request("DELETE", "/api/sessions/current")

    def sign_out_everywhere(self) -> None:
        """End every session of the account, the one that asks included."""
        self.connection.request("DELETE", "/api/sessions")

    def start_scan(self, *, idempotency_key: str | None = None) -> ScanRead:
        """Hold every pipeline of the organization against the rules that count now."""
        answer: ScanRead = self.connection.request("POST", "/api/scans", headers={"Idempotency-Key": idempotency_key})
        return answer

    def subscribe_to_rule(self, rule: str, body: SubscriptionWrite) -> None:
        """Let a published rule count in the organization."""
        self.connection.request("PUT", f"/api/rule-subscriptions/{rule}", body=body)

    def subscribe_to_rule_set(self, name: str, body: SetSubscription) -> Subscribed:
        """Let all rules of a published set or policy count in the organization."""
        answer: Subscribed = self.connection.request("PUT", f"/api/rule-sets/{name}/subscription", body=body)
        return answer

    def suspend_organization(self, organization: str) -> None:
        """Suspend an organization: for everybody in it and in its teams it is absent, and nothing of it is lost."""
        self.connection.request("PUT", f"/api/system/organizations/{organization}/suspension")

    def transfer_organization(self, body: Transfer, *, idempotency_key: str | None = None) -> None:
        """Hand the organization over to another member. Only its owner can, who stays as an admin."""
        self.connection.request(
            "POST", "/api/organizations/current/transfer", body=body, headers={"Idempotency-Key": idempotency_key}
        )

    def unmake_plugin_favourite(self, plugin: str) -> None:
        """Take a plugin from your favourites."""
        self.connection.request("DELETE", f"/api/plugins/{plugin}/favourite")

    def unsubscribe_from_rule(self, rule: str) -> None:
        """Let a published rule count no longer."""
        self.connection.request("DELETE", f"/api/rule-subscriptions/{rule}")

    def update_lock(
        self, pipeline: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> PipelineStored:
        """Take the newest versions of all plugins that the definition accepts, as a new revision."""
        answer: PipelineStored = self.connection.request(
            "POST",
            f"/api/pipelines/{pipeline}/lock",
            headers={"if-match": if_match, "Idempotency-Key": idempotency_key},
        )
        return answer

    def use_pipeline_template(
        self, template: str, body: TemplateUse, *, idempotency_key: str | None = None
    ) -> DefinitionMade:
        """Make a definition of a golden-path template, with a value for each input. Nothing is stored."""
        answer: DefinitionMade = self.connection.request(
            "POST",
            f"/api/pipeline-templates/{template}/definition",
            body=body,
            headers={"Idempotency-Key": idempotency_key},
        )
        return answer

    def verify(self, *, head: str | None = None) -> VerificationRead:
        """Verify that no line of the trail was changed, left out or cut off."""
        answer: VerificationRead = self.connection.request("GET", "/api/audit/verification", query={"head": head})
        return answer

    def warn_of_version(self, plugin: str, version: str, body: VersionWarning) -> None:
        """Deprecate or yank a version, or take that back. Pipelines that are locked to it keep it."""
        self.connection.request("PUT", f"/api/plugins/{plugin}/versions/{version}/warning", body=body)
