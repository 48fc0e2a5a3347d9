"""The table of the front proxy is that of the routers: every path has one service, and the file is up to date."""

from __future__ import annotations

import json

import pytest

from services.cli.proxy import is_own, paths_of, prefixes, routes_file, service_of
from services.kit.settings import SERVICES


@pytest.fixture(scope="module")
def table() -> dict[str, str]:
    return prefixes()


def test_the_table_of_the_proxy_is_that_of_the_routers(table: dict[str, str]) -> None:
    assert json.loads(routes_file().read_text(encoding="utf-8")) == table, "write it anew with `redress routes`"


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_of_a_service_is_passed_to_it(service: str, table: dict[str, str]) -> None:
    for path in paths_of(service):
        if not is_own(path, service):
            continue
        filled = path.replace("{", "").replace("}", "")
        assert service_of(table, filled) == service, path


def test_a_path_nobody_has_is_passed_to_nobody(table: dict[str, str]) -> None:
    assert service_of(table, "/nowhere") is None
    assert service_of(table, "/casesX") is None
    assert service_of(table, "/") == "intake"
    assert service_of(table, "/desk/new/filed") == "intake"
    assert service_of(table, "/desk/") == "routing"
