"""What changes from one template to another, told in words."""

from typing import Any

import pytest

from pipeline_builder.synth.differences import Area, Change, differences


def a_template(*stages: dict[str, Any], **resources: dict[str, Any]) -> dict[str, Any]:
    pipeline = {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Name": "web", "Stages": list(stages)}}
    return {"Resources": {"Pipeline": pipeline, **resources}}


def a_stage(name: str, *actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Name": name, "Actions": list(actions), **more}


def an_action(name: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, **more}


def a_project(script: str = "npm test", image: object = "node:1", **more: Any) -> dict[str, Any]:
    variables = more.pop("variables", [])
    environment = {"Image": image, "ComputeType": more.pop("compute", "SMALL"), "EnvironmentVariables": variables}
    properties = {"Name": "web-Test-jest", "Source": {"BuildSpec": script}, "Environment": environment, **more}
    return {"Type": "AWS::CodeBuild::Project", "Properties": properties}


def a_role(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    policy = {"PolicyName": "step", "PolicyDocument": {"Statement": list(statements)}}
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy], **more}}


def told(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [f"{change.area}: {change.says}" for change in differences(old, new)]


def test_equal_templates_have_no_differences() -> None:
    template = a_template(a_stage("Test", an_action("jest")), Jest=a_project(), Role=a_role({"Action": "s3:GetObject"}))
    assert differences(template, template) == ()


def test_properties_of_the_pipeline() -> None:
    old, new = a_template(), a_template()
    new["Resources"]["Pipeline"]["Properties"] |= {"Name": "shop", "ExecutionMode": "QUEUED"}
    assert told(old, new) == [
        "pipeline: The pipeline's Name changes from web to shop.",
        "pipeline: The pipeline's ExecutionMode is now QUEUED.",
    ]


def test_a_property_that_is_gone() -> None:
    old, new = a_template(), a_template()
    old["Resources"]["Pipeline"]["Properties"]["ExecutionMode"] = "QUEUED"
    assert told(old, new) == ["pipeline: The pipeline's ExecutionMode is no longer set (was QUEUED)."]


def test_stages_come_go_and_change_places() -> None:
    old = a_template(a_stage("Build"), a_stage("Test"), a_stage("Old"))
    new = a_template(a_stage("Test"), a_stage("Build"), a_stage("Scan", an_action("trivy"), an_action("snyk")))
    assert told(old, new) == [
        "stage: Stage 'Old' is removed.",
        "stage: Stage 'Scan' is added, with 'trivy', 'snyk'.",
        "stage: The stages run in another order: Test, Build, Scan.",
    ]


def test_conditions_of_a_stage() -> None:
    old, new = a_template(a_stage("Deploy")), a_template(a_stage("Deploy", OnFailure={"Result": "ROLLBACK"}))
    assert told(old, new) == ["stage: OnFailure Result of stage 'Deploy' is now ROLLBACK."]


def test_steps_come_go_and_change() -> None:
    old = a_template(a_stage("Test", an_action("jest", RunOrder=1), an_action("old")))
    new = a_template(a_stage("Test", an_action("jest", RunOrder=2), an_action("eslint")))
    assert told(old, new) == [
        "step: RunOrder of step 'jest' in stage 'Test' changes from 1 to 2.",
        "step: Step 'old' of stage 'Test' is removed.",
        "step: Step 'eslint' of stage 'Test' is added.",
    ]


def test_commands_are_shown_line_by_line() -> None:
    old = a_template(Jest=a_project("npm ci\nnpm test\n"))
    new = a_template(Jest=a_project("npm ci\nnpm run test\n"))
    (change,) = differences(old, new)
    assert change.area is Area.COMMANDS
    assert change.detail == (" npm ci", "-npm test", "+npm run test")


def test_commands_that_become_data_are_shown_as_such() -> None:
    (change,) = differences(a_template(Jest=a_project("a")), a_template(Jest=a_project({"Ref": "X"})))  # type: ignore[arg-type] -- what a template may hold
    assert change.detail[0] == "-a"


def test_images_with_functions_in_them_are_readable() -> None:
    image = {"Fn::Sub": "${Registry}/jest:2"}
    assert told(a_template(Jest=a_project()), a_template(Jest=a_project(image=image))) == [
        "image: The image of project 'web-Test-jest' changes from node:1 to ${Registry}/jest:2."
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"Ref": "Registry"}, "${Registry}"),
        ({"Fn::GetAtt": ["Lookup", "Image"]}, "${Lookup.Image}"),
        ({"Fn::Join": ["", ["a"]]}, '{"Fn::Join": ["", ["a"]]}'),
        ([{"Value": "a"}], '[{"Value": "a"}]'),
        ("x" * 400, "x" * 300 + "…"),
    ],
)
def test_values_are_shown_as_people_write_them(value: object, shown: str) -> None:
    (line,) = told(a_template(Jest=a_project(image="a")), a_template(Jest=a_project(image=value)))
    assert line.endswith(f"from a to {shown}.")


def test_variables_of_a_step() -> None:
    old = a_template(Jest=a_project(variables=[{"Name": "CI", "Value": "1"}, {"Name": "GONE", "Value": "x"}]))
    secret = {"Name": "TOKEN", "Type": "SECRETS_MANAGER", "Value": "acme/TOKEN"}
    new = a_template(Jest=a_project(variables=[{"Name": "CI", "Value": "2"}, secret]))
    assert told(old, new) == [
        "step: The variable CI of project 'web-Test-jest' changes from 1 to 2.",
        "step: The variable GONE of project 'web-Test-jest' is no longer set (was x).",
        'step: The variable TOKEN of project \'web-Test-jest\' is now {"SECRETS_MANAGER": "acme/TOKEN"}.',
    ]


def test_a_variable_that_stays_is_not_told() -> None:
    stays = {"Name": "CI", "Value": "1"}
    old = a_template(Jest=a_project(variables=[stays]), Gone=a_project())
    new = a_template(Jest=a_project(variables=[stays], compute="LARGE"))
    assert told(old, new) == [
        "step: ComputeType of project 'web-Test-jest' changes from SMALL to LARGE.",
        "resource: AWS::CodeBuild::Project 'Gone' is removed.",
    ]


def test_what_else_a_project_has() -> None:
    old, new = a_template(Jest=a_project()), a_template(Jest=a_project(compute="LARGE", TimeoutInMinutes=30))
    assert told(old, new) == [
        "step: ComputeType of project 'web-Test-jest' changes from SMALL to LARGE.",
        "step: TimeoutInMinutes of project 'web-Test-jest' is now 30.",
    ]


def test_permissions_are_told_one_by_one() -> None:
    old = a_template(Role=a_role({"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:a"}))
    new = a_template(
        Role=a_role(
            {"Action": "s3:GetObject", "Resource": ["arn:a", {"Fn::Sub": "${Bucket.Arn}/*"}]},
            {"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"Bool": {"x": "true"}}},
        )
    )
    assert told(old, new) == [
        "permission: 'Role' may now s3:GetObject on ${Bucket.Arn}/*.",
        'permission: \'Role\' is now denied iam:* on * when {"Bool": {"x": "true"}}.',
        "permission: 'Role' may no longer s3:PutObject on arn:a.",
    ]


def test_all_but_some_actions_are_told_so() -> None:
    statement = {"Effect": "Deny", "NotAction": "iam:PassRole", "Resource": "arn:a"}
    assert told(a_template(Role=a_role()), a_template(Role=a_role(statement))) == [
        "permission: 'Role' is now denied everything but iam:PassRole on arn:a."
    ]


def test_permissions_of_policies_and_under_a_condition_of_the_template_count_too() -> None:
    statement = {"Action": "secretsmanager:GetSecretValue", "Resource": {"Ref": "SecretArn"}}
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": []}}}
    old = a_template(Policy=policy)
    conditional = {"Fn::If": ["HasSecret", statement, {"Ref": "AWS::NoValue"}]}
    new = a_template(Policy={"Type": policy["Type"], "Properties": {"PolicyDocument": {"Statement": [conditional]}}})
    assert told(old, new) == [
        "permission: 'Policy' may now secretsmanager:GetSecretValue on ${SecretArn} if HasSecret."
    ]


def test_a_step_is_named_where_its_project_says_which_it_is() -> None:
    about = {"Metadata": {"PipelineBuilder": {"Stage": "Test", "Step": "jest"}}}
    service_role = {"ServiceRole": {"Fn::GetAtt": ["Role", "Arn"]}}
    statement = {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:a"}
    old = a_template(Jest={**a_project(**service_role), **about}, Role=a_role())
    new = a_template(Jest={**a_project(compute="LARGE", **service_role), **about}, Role=a_role(statement))
    assert told(old, new) == [
        "step: ComputeType of step 'jest' of stage 'Test' changes from SMALL to LARGE.",
        "permission: Step 'jest' of stage 'Test' may now s3:GetObject, s3:PutObject on arn:a.",
    ]


def test_a_permission_that_moves_into_a_policy_of_its_own_is_no_change() -> None:
    statement = {"Action": "s3:GetObject", "Resource": "arn:a"}
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [statement]}}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": [{"Ref": "Policy"}]}}
    assert told(a_template(Role=a_role(statement)), a_template(Role=role, Policy=policy)) == [
        "resource: AWS::IAM::ManagedPolicy 'Policy' is added."
    ]


def test_tags_that_all_resources_share_are_told_once() -> None:
    def tagged(value: str) -> dict[str, Any]:
        tags = {"Tags": [{"Key": "team", "Value": value}]}
        template = a_template(Jest=a_project(**tags), Log={"Type": "AWS::Logs::LogGroup", "Properties": tags})
        template["Resources"]["Pipeline"]["Properties"] |= tags
        return template

    assert told(tagged("a"), tagged("b")) == ["pipeline: The pipeline's Tags team changes from a to b."]


def test_lists_of_named_things_are_told_value_by_value() -> None:
    old, new = a_template(), a_template()
    old["Resources"]["Pipeline"]["Properties"]["Variables"] = [{"Name": "LEVEL", "DefaultValue": "info"}]
    new["Resources"]["Pipeline"]["Properties"]["Variables"] = [{"Name": "LEVEL", "DefaultValue": "debug"}]
    assert told(old, new) == ["pipeline: The pipeline's Variables LEVEL DefaultValue changes from info to debug."]


def test_a_list_without_names_is_a_value() -> None:
    old, new = a_template(), a_template()
    old["Resources"]["Pipeline"]["Properties"]["Triggers"] = [{"Type": "a"}]
    new["Resources"]["Pipeline"]["Properties"]["Triggers"] = [{"Type": "b"}]
    assert told(old, new) == [
        'pipeline: The pipeline\'s Triggers changes from [{"Type": "a"}] to [{"Type": "b"}].',
    ]


def test_what_takes_a_person_is_told_first() -> None:
    def fenced(action: str, team: str) -> dict[str, Any]:
        role = a_role({"Action": action, "Resource": "*"}, Path="/pipeline-builder-fence/web/", Tags=team)
        return a_template(UpdateRole=role)

    assert told(fenced("a:B", "x"), fenced("a:C", "x"))[0] == (
        "deployment: A person has to deploy this: 'UpdateRole' would change, which self-mutation may not touch."
    )
    assert told(fenced("a:B", "x"), fenced("a:B", "y")) == [
        "resource: Tags of AWS::IAM::Role 'UpdateRole' changes from x to y."
    ]


def test_parameters() -> None:
    stays = {"Registry": {"Type": "String"}}
    old = {**a_template(), "Parameters": {"OrgId": {"Type": "String"}, **stays}}
    new = {**a_template(), "Parameters": {**stays, "Registry": {"Type": "String", "Default": "r"}, "Url": {}}}
    assert told(old, new) == [
        "parameter: Parameter 'OrgId' is removed.",
        "parameter: Default of parameter 'Registry' is now r.",
        "parameter: Parameter 'Url' is added.",
    ]


def test_other_resources_come_go_are_replaced_and_change() -> None:
    log = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}}
    old = a_template(Log=log, Gone=log, Kind=log)
    new = a_template(
        Log={**log, "Properties": {"RetentionInDays": 90}},
        Kind={"Type": "AWS::S3::Bucket"},
        Came={"Type": "AWS::S3::Bucket"},
    )
    assert told(old, new) == [
        "resource: RetentionInDays of AWS::Logs::LogGroup 'Log' changes from 30 to 90.",
        "resource: AWS::Logs::LogGroup 'Gone' is removed.",
        "resource: 'Kind' is replaced: AWS::Logs::LogGroup by AWS::S3::Bucket.",
        "resource: AWS::S3::Bucket 'Came' is added.",
    ]


def test_a_project_whose_policy_on_deletion_changes() -> None:
    old, new = a_template(Jest=a_project()), a_template(Jest={**a_project(), "DeletionPolicy": "Retain"})
    assert told(old, new) == ["resource: DeletionPolicy of AWS::CodeBuild::Project 'Jest' is now Retain."]


def test_templates_that_are_not_ours_are_compared_with_fewer_words() -> None:
    assert differences({}, {"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}) == (
        Change(Area.RESOURCE, "AWS::SNS::Topic 'A' is added."),
    )
