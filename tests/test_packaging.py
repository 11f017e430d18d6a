"""The package as it is installed: from a wheel in a fresh environment, and editable."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROBE = """
import cleaner
from cleaner.rules import shipped_rules
result = cleaner.clean("Skip to content\\n\\nThe mayor resigned on Monday, her office said.")
assert result.text == "The mayor resigned on Monday, her office said.", result
assert result.revert() == result.original
print(shipped_rules())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    [made] = out.glob("*.whl")
    return made


def test_the_wheel_holds_rules_and_types_but_no_seeds(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "cleaner/_rules/boilerplate/navigation.toml" in names
    assert "cleaner/py.typed" in names
    assert {"cleaner/models/chrome-html.npz", "cleaner/models/chrome-text.npz", "cleaner/models/chrome.md"} <= set(names)
    assert "cleaner/bench/page.html.jinja" in names
    assert {
        f"cleaner/report/page/{name}"
        for name in ("report.html.jinja", "base.css", "report.css", "data.js", "drawing.js", "viewer.js")
    } <= set(names)
    assert "cleaner/bench/_cases/languages.toml" in names
    assert len([name for name in names if name.startswith("cleaner/bench/_cases/pages/html/")]) >= 40
    assert any(name.endswith("licenses/NOTICE") for name in names)
    assert [name for name in names if "seeds" in name] == []


def test_the_source_distribution_leaves_the_seeds_out(wheel: Path) -> None:
    import tarfile

    [sdist] = wheel.parent.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    assert any(name.endswith("/rules/boilerplate/navigation.toml") for name in names)
    assert [name for name in names if "/seeds" in name] == []


def test_the_wheel_works_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=600)
    done = subprocess.run([python, "-c", PROBE], capture_output=True, check=False, cwd=tmp_path, timeout=120, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("_rules")
    listed = subprocess.run(
        [python, "-m", "cleaner", "rules", "list"], capture_output=True, check=True, cwd=tmp_path, timeout=120
    )
    assert b"skip-link" in listed.stdout
    without_extra = subprocess.run(
        [python, "-m", "cleaner", "bench", "run"], capture_output=True, check=False, cwd=tmp_path, timeout=120
    )
    assert without_extra.returncode == 2
    assert b"pip install 'cleaner-text[bench]'" in without_extra.stderr


def test_an_editable_install_sees_a_rule_edited_after_it(tmp_path: Path) -> None:
    """As `pip install --editable` does it: a path entry to the checkout, whose rules lie beside the package."""
    checkout = tmp_path / "checkout"
    (checkout / "rules" / "boilerplate").mkdir(parents=True)
    (checkout / "cleaner").symlink_to(ROOT / "cleaner", target_is_directory=True)
    rule = (ROOT / "rules" / "boilerplate" / "page.toml").read_text(encoding="utf-8")
    (checkout / "rules" / "boilerplate" / "page.toml").write_text(rule, encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(checkout)!r}); from cleaner.rules import Ruleset; print(*Ruleset.load().by_id)"

    def ids() -> str:
        return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout

    assert "boilerplate/page/outside-main-content" in ids().split()
    edited = rule.replace('name = "outside-main-content"', 'name = "renamed"')
    (checkout / "rules" / "boilerplate" / "page.toml").write_text(edited, encoding="utf-8")
    assert "boilerplate/page/renamed" in ids().split()
    assert "boilerplate/page/outside-main-content" not in ids().split()
