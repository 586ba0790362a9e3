#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What STYLE.md asks for and a machine can see."""
import os
import re
import shutil
import subprocess
import sys

import tree

C = (".c", ".h")
NO_SPDX = (".md", ".patch", ".json", ".jsonl", ".tsv", ".csv", ".bin", ".txt")
NO_SPDX_NAMES = ("LICENSE", "COMMIT", "SKIPS", ".gitignore", ".clang-format")
DATA = (".patch", ".json", ".jsonl", ".tsv", ".csv", ".bin", ".txt")  # their lines are what they have to be
MAX_LINES, MAX_FUNCTION, MAX_WIDTH = 500, 80, 120

BANNED = re.compile(r"\b(v?sprintf|strcpy|strcat|strncat|strtok|ato(?:i|l|ll|f)|gets|system|goto)\b\s*[(;\w]")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(work|root|home)/\w")
PRESENT = ("README.md", "ARCHITECTURE.md", "STYLE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE")


def is_script(path, first):
    return path.suffix == ".sh" or (first.startswith("#!") and "bash" in first)


def text_faults(path, lines):
    name, suffix = path.name, path.suffix
    wants_licence = suffix not in NO_SPDX and name not in NO_SPDX_NAMES
    if wants_licence and not any("SPDX-License-Identifier" in line for line in lines[:3]):
        yield f"{path}:1: no SPDX line"
    if suffix in (*C, ".py") and len(lines) > MAX_LINES:
        yield f"{path}: {len(lines)} lines, more than {MAX_LINES}"
    if suffix == ".h" and "#pragma once" not in lines:
        yield f"{path}: no #pragma once"
    if suffix in DATA:
        return
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield f"{path}:{number}: unfinished"
        if MACHINE_PATH.search(line):
            yield f"{path}:{number}: path of one machine"
        if line != line.rstrip() and suffix != ".md":
            yield f"{path}:{number}: white space at the end"
        if suffix == ".py" and len(line) > MAX_WIDTH:
            yield f"{path}:{number}: longer than {MAX_WIDTH}"


def banned_faults(path, lines):
    for number, line in enumerate(lines, 1):
        code = re.sub(r'"(\\.|[^"\\])*"|//.*', '""', line)
        if found := BANNED.search(code):
            yield f"{path}:{number}: {found.group(1)} is not used here"


def listed(what):
    """tests/SKIPS allows it."""
    lines = [line for line in tree.text("tests/SKIPS").splitlines() if line and not line.startswith("#")]
    return any(what.startswith(line) for line in lines)


def tool(name):
    """scripts/setup installs them all."""
    return shutil.which(name) or sys.exit(f"{name} not found: run scripts/setup")


def skipped(what):
    print(f"SKIPPED: {what}")
    if not listed(what):
        sys.exit(f"not listed in tests/SKIPS: {what}")
    if "KEPUD_SKIPPED" in os.environ:
        with open(os.environ["KEPUD_SKIPPED"], "a", encoding="utf-8") as output:
            output.write(f"{what}\n")


def run(*command):
    return subprocess.run([str(part) for part in command], cwd=tree.PROJECT, capture_output=True, text=True,
                          check=False)


def function_faults(sources):
    if not sources:
        return
    done = run(tool("ctags"), "-o", "-", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f", "--fields=+ne",
               "--output-format=u-ctags", *sources)
    for line in done.stdout.splitlines():
        name, path, *rest = line.split("\t")
        fields = dict(field.split(":", 1) for field in rest if ":" in field)
        if "end" in fields and (length := int(fields["end"]) - int(fields["line"]) + 1) > MAX_FUNCTION:
            yield f"{path}:{fields['line']}: {name}() has {length} lines, more than {MAX_FUNCTION}"


def format_faults(sources):
    if not sources:
        return
    formatter = shutil.which("clang-format-14") or tool("clang-format")
    if " 14." not in run(formatter, "--version").stdout:
        # Each version breaks lines a little differently.
        skipped("style.py clang-format is not version 14")
        return
    done = run(formatter, "--dry-run", "-Werror", *sources)
    wrong = [line.split(":")[:2] for line in done.stderr.splitlines() if "error:" in line]
    for path, line in {path: line for path, line in reversed(wrong)}.items():
        yield f"{path}:{line}: not formatted (clang-format -i {path})"


def script_faults(scripts):
    for path in scripts:
        done = run("bash", "-n", path)
        if done.returncode:
            yield done.stderr.strip()
    if scripts:
        yield from run(tool("shellcheck"), "-x", "-f", "gcc", *scripts).stdout.splitlines()


def presence_faults():
    for name in PRESENT:
        if not (tree.PROJECT / name).is_file():
            yield f"{name}: missing"
    readme = tree.text("README.md") if (tree.PROJECT / "README.md").is_file() else ""
    for command in ("scripts/demo", "scripts/test"):
        if command not in readme:
            yield f"README.md: does not name {command}"


def main():
    paths, faults, sources, scripts = tree.files(), [], [], []
    for path in paths:
        try:
            content = tree.text(path)
        except UnicodeDecodeError:
            if path.suffix not in DATA:
                faults.append(f"{path}: not UTF-8")
            continue
        lines = content.splitlines()
        faults += text_faults(path, lines)
        if path.suffix in C:
            sources.append(path)
            faults += banned_faults(path, lines)
        if is_script(path, lines[0] if lines else ""):
            scripts.append(path)
    for check in (function_faults(sources), format_faults(sources), script_faults(scripts), presence_faults()):
        faults += check
    return tree.report("style", faults, len(paths))


if __name__ == "__main__":
    sys.exit(main())
