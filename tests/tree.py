# SPDX-License-Identifier: Apache-2.0
"""The project's own files, for the checks of this folder: with or without git."""
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
NOT_OURS = {"build", "third_party", ".git", ".deps", "__pycache__"}


def files():
    """Relative paths of all files that are, or are about to be, part of the project."""
    if (PROJECT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=PROJECT, check=True,
                                capture_output=True).stdout.decode().split("\0")
        found = [Path(name) for name in listed if name]
    else:
        found = [path.relative_to(PROJECT) for path in PROJECT.rglob("*")]
    return sorted(path for path in set(found) if (PROJECT / path).is_file() and not NOT_OURS & set(path.parts))


def text(path):
    return (PROJECT / path).read_text(encoding="utf-8")


def report(name, faults, checked):
    for fault in faults:
        print(fault)
    print(f"{name}: {len(faults)} faults in {checked} files")
    return 1 if faults else 0
