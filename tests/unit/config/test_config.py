"""Settings: one table for the file, the environment and the documentation."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lingxi import config
from lingxi.domain.errors import Invalid


def test_the_defaults_need_no_file(tmp_path: Path) -> None:
    assert config.load(tmp_path, {}) == config.Settings()


def test_a_file_is_overruled_by_the_environment(tmp_path: Path) -> None:
    (tmp_path / config.FILE).write_text("[server]\nport = 81\nhost = '::1'\n")
    got = config.load(tmp_path, {"LINGXI_SERVER_PORT": "82", "LINGXI_HOME": "x", "PATH": "y"}).server
    assert (got.port, got.host) == (82, "::1")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[servr]\nport = 1", "server"),
        ("[server]\nprt = 1", "port"),
        ("server = 1", "[server]"),
    ],
)
def test_an_unknown_name_answers_with_the_nearest(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / config.FILE).write_text(text)
    with pytest.raises(Invalid) as told:
        config.load(tmp_path, {})
    assert named in told.value.remedy
    assert config.FILE in told.value.where


@pytest.mark.parametrize(
    "text", ["[server]\nport = 99999", "[server]\nport = 'x'", "[server", "[shop]\ncurrency = 'usd'"]
)
def test_an_impossible_value_names_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / config.FILE).write_text(text)
    with pytest.raises(Invalid) as told:
        config.load(tmp_path, {})
    assert config.FILE in told.value.where


def test_an_unknown_or_impossible_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="LINGXI_SERVR_PORT"):
        config.load(tmp_path, {"LINGXI_SERVR_PORT": "1"})
    with pytest.raises(Invalid) as told:
        config.load(tmp_path, {"LINGXI_SERVER_PORT": "many"})
    assert told.value.where == "LINGXI_SERVER_PORT"


def test_marks_to_leave_out_are_a_list_and_must_exist(tmp_path: Path) -> None:
    (tmp_path / config.FILE).write_text("[cleaning]\nleave_out = ['robot', 'price_outlier']\n")
    assert config.load(tmp_path, {}).cleaning.leave_out == ("robot", "price_outlier")
    variable = "LINGXI_CLEANING_LEAVE_OUT"
    assert config.load(tmp_path, {variable: "price_zero, robot"}).cleaning.leave_out == ("price_zero", "robot")
    assert config.load(tmp_path, {variable: ""}).cleaning.leave_out == ()
    for text in ("robt", "robot,item_missing"):  # what holds is no mark: it is not stored at all
        with pytest.raises(Invalid) as told:
            config.load(tmp_path, {variable: text})
        assert told.value.where == variable
        assert told.value.remedy.startswith("choose one of")
    (tmp_path / config.FILE).write_text("[cleaning]\nleave_out = ['robt']\n")
    with pytest.raises(Invalid, match="robt"):
        config.load(tmp_path, {})


def test_the_template_holds_every_setting_and_says_the_defaults(tmp_path: Path) -> None:
    bare = "\n".join(line.removeprefix("# ") if " = " in line else line for line in config.template().splitlines())
    values = tomllib.loads(bare)
    assert {(row.section, row.name): row.default for row in config.table()} == {
        (section, name): value for section, inner in values.items() for name, value in inner.items()
    }
    (tmp_path / config.FILE).write_text(config.template())
    assert config.load(tmp_path, {}) == config.Settings()


def test_every_setting_is_described() -> None:
    assert [row for row in config.table() if not row.doc] == []


def test_a_surface_has_settings_of_its_own_and_only_such_as_there_are(tmp_path: Path) -> None:
    (tmp_path / config.FILE).write_text("[recommend]\ndiversity = 0.2\n[recommend.surfaces.home]\nreranker = 'dpp'\n")
    got = config.load(tmp_path, {}).recommend
    assert (got.of("home").reranker, got.of("home").diversity, got.of("cart").reranker) == ("dpp", 0.2, "auto")
    assert (
        config.overruled(config.load(tmp_path, {}), "recommend", {"diversity": 0.3}).recommend.of("home").diversity
        == 0.3
    )
    told = {"LINGXI_RECOMMEND_SURFACES": '{"home": {"diversity": 1, "explore_places": 3}}'}
    home = config.load(tmp_path, told).recommend.of("home")
    assert (home.diversity, home.explore_places) == (1.0, 3)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[recommend.surfaces.hoem]\ndiversity = 0.1", "choose one of: home"),
        ("[recommend.surfaces.home]\ndiversty = 0.1", "choose one of: diversity"),
        ("[recommend.surfaces.home]\ndiversity = 3", "recommend.surfaces.home.diversity"),
        ("[recommend.surfaces.home]\nreranker = 'mrr'", "choose one of: mmr"),
        ("[recommend]\nexplorer = 'thomson'", "choose one of: thompson"),
        ("[recommend]\nlikeness = 'vector'", "choose one of: vectors"),
        ("[recommend]\nsurfaces = 3", "recommend.surfaces"),
    ],
)
def test_a_part_that_there_is_not_is_told(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / config.FILE).write_text(text)
    with pytest.raises(Invalid) as told:
        config.load(tmp_path, {})
    assert named in told.value.what


def test_tables_in_a_variable_are_json(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="JSON") as told:
        config.load(tmp_path, {"LINGXI_RECOMMEND_SURFACES": "home"})
    assert told.value.where == "LINGXI_RECOMMEND_SURFACES"
