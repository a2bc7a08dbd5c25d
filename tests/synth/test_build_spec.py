import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline_builder.core.planning.model import BuildSpec, OutputArtifact, Report
from pipeline_builder.synth.build_spec import build_spec

SCRIPTS = st.one_of(
    st.text(),
    st.text(alphabet=st.sampled_from(list("ab:#-|>'\"\\{}[]&*!%@`? \t\n"))),
    st.lists(st.text(alphabet=" \tab"), min_size=1).map("\n".join),
)


@given(SCRIPTS)
@example("")
@example("\n")
@example(" \n ")
@example("\n\n  a\nb\n\n\n")
@example("a\n  ")
@example("\ta")
@example("a\r\nb")
@example("a\x85b\u2028c\ufeff\x7f\ud800\U0001f680")
@example("---\n...\n# a\n- b: c")
def test_a_script_comes_back_to_the_character(script):
    parsed = yaml.safe_load(build_spec(BuildSpec(script=script)))

    assert parsed["phases"]["build"]["commands"] == [script]


def test_a_script_can_be_read_line_by_line():
    text = build_spec(BuildSpec(script="cd web\nif true; then\n  npm test\nfi\n"))

    assert text == (
        "version: 0.2\n"
        "env:\n"
        "  shell: /bin/sh\n"
        "phases:\n"
        "  build:\n"
        "    commands:\n"
        "      - |\n"
        "        cd web\n"
        "        if true; then\n"
        "          npm test\n"
        "        fi\n"
    )


def test_a_single_output_stands_at_the_top():
    output = OutputArtifact(name="dis_abcdef", label="Build/web", base_directory="dist", files=("**/*", "!x: y"))

    parsed = yaml.safe_load(build_spec(BuildSpec(script="make\n", outputs=(output,))))

    assert parsed["artifacts"] == {"base-directory": "dist", "files": ["**/*", "!x: y"]}


def test_several_outputs_go_by_the_names_of_their_artifacts():
    outputs = (
        OutputArtifact(name="dis_abcdef", label="Build/web", base_directory="dist"),
        OutputArtifact(name="evi_abcdef", label="Build/web/evidence", files=("a.sarif",)),
    )

    parsed = yaml.safe_load(build_spec(BuildSpec(script="make\n", outputs=outputs)))

    assert parsed["artifacts"] == {
        "secondary-artifacts": {
            "dis_abcdef": {"base-directory": "dist", "files": ["**/*"]},
            "evi_abcdef": {"files": ["a.sarif"]},
        }
    }


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3, unique=True))
def test_all_that_surrounds_the_script_comes_back_too(texts):
    spec = BuildSpec(
        script="make\n\n",
        exported=tuple(texts),
        reports=tuple(Report(name=text, files=tuple(texts), format="JUNITXML") for text in texts),
        cache_paths=tuple(texts),
    )

    assert yaml.safe_load(build_spec(spec)) == {
        "version": 0.2,
        "env": {"shell": "/bin/sh", "exported-variables": texts},
        "phases": {"build": {"commands": ["make\n\n"]}},
        "reports": {text: {"file-format": "JUNITXML", "files": texts} for text in texts},
        "cache": {"paths": texts},
    }
