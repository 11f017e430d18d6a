import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, configuration, settings

# A shell has its commands in the background ignore this, and what they start would, too: tests that interrupt a run would wait.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Hundreds of small rulesets are compiled here; they have no business in the user's cache. Workers share that of their parent.
_is_worker = "PYTEST_XDIST_WORKER" in os.environ
_cache = os.environ["CLEANER_CACHE_DIR"] if _is_worker else tempfile.mkdtemp(prefix="cleaner-tests-")
os.environ["CLEANER_CACHE_DIR"] = _cache
configuration.set_hypothesis_home_dir(Path(_cache, "hypothesis"))


def _remove_cache(owner: int = os.getpid()) -> None:
    if os.getpid() == owner and not _is_worker:  # nor when a forked worker of a test ends
        shutil.rmtree(_cache, ignore_errors=True)


atexit.register(_remove_cache)

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
