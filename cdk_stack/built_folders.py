"""Folders that are made once, under a name that says what is in them."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def built_once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """`folder`, filled by `fill` if it is not there yet. It appears whole or not at all, also when
    two processes make it at the same time.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    half_done = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        fill(half_done)
        half_done.chmod(0o755)
        half_done.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(half_done, ignore_errors=True)
    return folder
