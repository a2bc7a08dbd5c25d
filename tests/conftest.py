"""What holds for every test: no network, and no state from the machine it happens to run on."""

import os
import sys

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

set_hypothesis_home_dir(".cache/hypothesis")
settings.register_profile("usual", deadline=None)  # a test that is slow on a busy machine is not wrong
settings.register_profile("thorough", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


class _Network:
    """Whether the running test may talk to a server of its own. Only the hooks below change it."""

    may_use_loopback = False


def _host_of(event: str, arguments: tuple[object, ...]) -> object:
    """The machine that an audited call wants to reach; None where the call stays within this one."""
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        return arguments[0]
    if event == "socket.connect":
        address = arguments[1]
        return address[0] if isinstance(address, tuple) else None  # a Unix socket's address is a path
    return None


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    host = _host_of(event, arguments)
    if host is None or (_Network.may_use_loopback and host in LOOPBACK):
        return
    # Not an OSError: code that forgives a network fault must not forgive this.
    pytest.fail(f"This test reached for the network ({event} to {host!r}).", pytrace=True)


# An audit hook sees what a replaced `socket.socket` does not: connections that C libraries and asyncio make.
sys.addaudithook(_refuse_network)


# Hooks and no fixture, so that they come before the fixtures of modules, and end after them.
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say whether the test may use loopback."""
    _Network.may_use_loopback = item.get_closest_marker("loopback") is not None


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Nothing between tests may."""
    _Network.may_use_loopback = False


@pytest.fixture(autouse=True)
def _same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that change what the command prints, or which account the AWS tools would reach, are absent."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
