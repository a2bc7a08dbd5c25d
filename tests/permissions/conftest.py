"""What several tests of permissions look at."""

import pytest

from pipeline_builder.catalog.loader import samples
from tests.permissions.definitions import rendered
from tests.permissions.steps import Deployed, deployed


@pytest.fixture(params=samples(), ids=lambda path: path.stem, scope="package")
def sample(request: pytest.FixtureRequest) -> Deployed:
    """Every sample, deployed."""
    return deployed(rendered(request.param))
