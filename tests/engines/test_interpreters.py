"""The package under every other interpreter that it supports, where that is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_the_core_works_under(version: str, tmp_path: Path) -> None:
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"python{version} is not installed")
    subprocess.run([python, "-m", "venv", tmp_path / "env"], check=True)
    inside = tmp_path / "env" / "bin" / "python"
    install = [str(inside), "-m", "pip", "install", "--quiet", f"{ROOT}[dev]"]
    subprocess.run(install, check=True, timeout=900)
    tests = [str(inside), "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_pipeline.py", "tests/test_matcher.py"]
    done = subprocess.run(tests, cwd=ROOT, capture_output=True, check=False, timeout=900, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
