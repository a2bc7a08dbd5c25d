"""Plugin packages on disk and in ZIPs, for tests."""

import io
import textwrap
import zipfile

SPEC = """\
name: jest
version: 1.2.0
category: testing
commands:
  - jest --ci
"""


def a_package(**files):
    """The files of a package by name: a sound one, changed by what is given. None takes a file out.

    `spec`, `config` and `dockerfile` stand for the usual names.
    """
    names = {"spec": "plugin-spec.yaml", "config": "config.yaml", "dockerfile": "Dockerfile"}
    content = {"spec": SPEC, "config": "buildType: build_image\n", "dockerfile": "FROM scratch\n", **files}
    return {
        names.get(name, name): textwrap.dedent(text) if isinstance(text, str) else text
        for name, text in content.items()
        if text is not None
    }


def write_folder(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return buffer.getvalue()
