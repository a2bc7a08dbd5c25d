"""The artifact bucket and its key. Both outlive the stack, since what was built may still be needed."""

from pipeline_builder.core.planning.model import ArtifactStore, Plan, Sub, Text
from pipeline_builder.synth.intrinsics import Json, get_att, given, ref, text
from pipeline_builder.synth.tags import tags
from pipeline_builder.synth.template import Resource

_DAYS_OF_UNFINISHED_UPLOADS = 7
_OLDEST_TLS = 1.2


def artifact_bucket(store: ArtifactStore, plan: Plan) -> Resource:
    """A private bucket, whose objects go when they are too old.

    Source: AWS::S3::Bucket in the CloudFormation template reference.
    """
    return Resource(
        id=store.id,
        type="AWS::S3::Bucket",
        is_retained=True,
        properties={
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "BucketKeyEnabled": True,
                        "ServerSideEncryptionByDefault": given(
                            {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": own_key_arn(store)}
                        ),
                    }
                ]
            },
            "LifecycleConfiguration": {"Rules": [_expiration(store, beginning) for beginning in store.expiring]},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "Tags": tags(plan),
        },
    )


def _expiration(store: ArtifactStore, beginning: str) -> Json:
    return given(
        {
            "Id": f"expire {beginning}".strip(),
            "Status": "Enabled",
            "Prefix": beginning,
            "ExpirationInDays": store.retention_days,
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _DAYS_OF_UNFINISHED_UPLOADS},
        }
    )


def artifact_bucket_policy(store: ArtifactStore, _plan: Plan) -> Resource:
    """Refuses what does not come over TLS, or over an outdated one. It stays as long as the bucket does.

    Source: AWS::S3::BucketPolicy in the CloudFormation template reference; "s3:TlsVersion" in the S3 user guide.
    """
    return Resource(
        id=f"{store.id}Policy",
        type="AWS::S3::BucketPolicy",
        is_retained=True,
        properties={
            "Bucket": ref(store.id),
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    _denied(store, "OnlyTls", {"Bool": {"aws:SecureTransport": "false"}}),
                    _denied(store, "OnlyCurrentTls", {"NumericLessThan": {"s3:TlsVersion": _OLDEST_TLS}}),
                ],
            },
        },
    )


def artifact_key(store: ArtifactStore, plan: Plan) -> Resource:
    """A key of the pipeline's own. Who may use it is said by the policies of roles, as for the account's other keys.

    Source: AWS::KMS::Key in the CloudFormation template reference; "Default key policy" in the KMS developer guide.
    """
    return Resource(
        id=str(store.key_id),
        type="AWS::KMS::Key",
        is_retained=True,
        properties={
            "Description": f"Encrypts the artifacts of the pipeline {plan.name}.",
            "EnableKeyRotation": True,
            "KeyPolicy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "LeaveToPoliciesOfThisAccount",
                        "Effect": "Allow",
                        "Principal": {"AWS": text(Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root"))},
                        "Action": "kms:*",
                        "Resource": "*",
                    }
                ],
            },
            "Tags": tags(plan),
        },
    )


def own_key_arn(store: ArtifactStore) -> Json:
    """ARN of the key that was chosen for the artifacts; None where the account's default key for S3 serves."""
    if store.key_id is not None:
        return get_att(store.key_id, "Arn")
    return None if store.key_arn is None else text(store.key_arn)


def key_arn(store: ArtifactStore) -> Json:
    """ARN of the key that encrypts artifacts, in any case: without one, CodeBuild takes a key of its own choice."""
    default: Text = Sub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/s3")
    return own_key_arn(store) or text(default)


def _denied(store: ArtifactStore, sid: str, condition: Json) -> Json:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [get_att(store.id, "Arn"), text(Sub(f"${{{store.id}.Arn}}/*"))],
        "Condition": condition,
    }
