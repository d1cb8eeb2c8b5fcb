"""Parameters of the address: each means one thing."""

from __future__ import annotations

import re
from pathlib import Path

from resnet_viz.ui import link, networks
from resnet_viz.zoo import all_fields, catalog

UI = Path(networks.__file__).parent
_USED = re.compile(
    r"""(?:link\.read|value_of|whole_number|_named|_scaled)\(\s*"([a-z_]+)\"|link\.go\(([a-z_]+)="""
    r"""|choices\.\w+\(\s*_\([^)]*\),\s*"([a-z_]+)\""""
)


def test_every_parameter_that_a_page_uses_is_listed() -> None:
    used = {name for path in UI.rglob("*.py") for found in _USED.findall(path.read_text()) for name in found if name}
    assert {"net", "view", "cut", "seed", "by", "paper"} <= used
    assert used <= link.PARAMETERS


def test_a_field_never_shares_a_parameter_with_a_page_or_another_field() -> None:
    for variant in catalog.VARIANTS:
        names = [networks.parameter(field.name) for field in all_fields(variant.spec)]
        assert len(set(names)) == len(names) and not link.PARAMETERS & set(names)
