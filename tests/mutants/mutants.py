#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Small plausible mistakes, one a file: each is put into a copy of the project, and a test has to see it.

A patch begins with three lines: what it breaks, the test that sees it, and what that test then says (a regular
expression for what pytest writes behind `E`, or cmocka behind `[  ERROR`), so that a test that fails for another reason
does not count:

    Breaks: P2, rows and offset move together
    Test: tests/integration/test_crash.py
    Sees: next_offset

Test is a file for pytest, or a node of one, or the name of a test of ctest (unit/judge_test). All of them have to pass
first, in the copy as it is; a sample leaves that to the run that it is a part of."""
import argparse
import filecmp
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
TREE = PROJECT / "build" / "mutants"
BUILD = TREE / "build" / "dev"
TEST_SECONDS = 600
VARIANTS = ["CRASH", "LIBPQ", "ALLOC", "CLOCK", "HANG"]


class Mutant:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        lines = path.read_text().splitlines()
        self.breaks, self.test, self.sees = (self._field(path, line, name) for line, name in
                                             zip(lines, ("Breaks", "Test", "Sees")))

    @staticmethod
    def _field(path, line, name):
        if not line.startswith(f"{name}: "):
            sys.exit(f"{path}: '{line}' should begin with '{name}: '")
        return line.removeprefix(f"{name}: ")

    @property
    def is_pytest(self):
        return ".py" in self.test

    def targets(self):
        if self.is_pytest:
            text = (PROJECT / self.test.split("::")[0]).read_text()
            return ["kepud", *("kepud-" + name.lower() for name in VARIANTS if f"KEPUD_{name}" in text),
                    *["mockd"] * ("mockd" in text), *["cases"] * ("CASES" in text)]
        return {"unit": [self.test.split("/")[-1]], "cases": ["cases", "kepud"]}.get(self.test.split("/")[0], ["all"])

    def command(self):
        if self.is_pytest:
            return [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", TREE / self.test]
        return ["ctest", "--test-dir", BUILD, "--output-on-failure", "--no-tests=error", "-R", f"^{self.test}$"]


def run(command, **options):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, **options)


def must(command, what, **options):
    done = run(command, **options)
    if done.returncode != 0:
        sys.exit(f"{what} failed:\n{done.stdout[-4000:]}")


def files_of(folder):
    return {path.relative_to(folder) for entry in folder.iterdir() if entry.name not in (".git", "build")
            for path in (entry, *entry.rglob("*")) if path.is_symlink() or path.is_file()}


def make_copy():
    """The project as it stands here, built by the next mutant. What is the same keeps its time, and its objects; what
    is not has the time of now, for the object of a mistake that was taken back is younger than the file here."""
    (TREE / "build").mkdir(parents=True, exist_ok=True)
    ours = files_of(PROJECT)
    for path in files_of(TREE) - ours:
        (TREE / path).unlink()
    for path in ours:
        if not (TREE / path).exists() or not filecmp.cmp(PROJECT / path, TREE / path, shallow=False):
            (TREE / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / path, TREE / path, follow_symlinks=False)
            shutil.copymode(PROJECT / path, TREE / path, follow_symlinks=False)
    if not (TREE / "build" / "deps").exists():
        (TREE / "build" / "deps").symlink_to(PROJECT / "build" / "deps")
    must(["cmake", "--preset", "dev"], "cmake", cwd=TREE)


def build_and_test(mutant):
    """What came out of its test; a text when it did not come so far."""
    environment = {**os.environ, **{f"KEPUD_{name}": str(BUILD / f"kepud-{name.lower()}") for name in VARIANTS},
                   "KEPUD": str(BUILD / "kepud"), "CASES": str(BUILD / "tests" / "cases" / "cases"),
                   "PYTHONDONTWRITEBYTECODE": "1"}
    built = run(["ninja", "-C", BUILD, *mutant.targets()])
    if built.returncode != 0:
        return f"it does not build:\n{built.stdout[-3000:]}"
    try:
        return run(mutant.command(), env=environment, timeout=TEST_SECONDS, cwd=TREE)
    except subprocess.TimeoutExpired:
        return f"the test had not ended after {TEST_SECONDS} s"


def said(mutant, output):
    """What the test itself had to say; none of it when it could not even begin."""
    if mutant.test.startswith("cases/"):
        return output
    if re.search(r"^ERROR |ERROR at setup", output, re.MULTILINE):
        return ""
    return "\n".join(re.findall(r"^(?:E  .*|\d*:? ?\[  (?:ERROR|FAILED).*|\[   LINE.*)$", output, re.MULTILINE))


def judge(mutant):
    """None when the test saw it, else what is wrong."""
    done = build_and_test(mutant)
    if isinstance(done, str):
        return done
    if done.returncode == 0:
        return "SURVIVED: the test passed"
    (BUILD / f"{mutant.name}.said").write_text(said(mutant, done.stdout))
    if not re.search(mutant.sees, said(mutant, done.stdout)):
        return f"the test failed, but did not say '{mutant.sees}':\n{done.stdout[-3000:]}"
    return None


def try_one(mutant):
    patch = ["patch", "-p1", "-s", "-d", TREE, "-i", mutant.path]
    began = time.monotonic()
    applied = run([*patch, "-N", "--dry-run"])
    if applied.returncode == 0:
        must([*patch, "-N"], f"{mutant.name}: patch")
        try:
            wrong = judge(mutant)
        finally:
            must([*patch, "-R"], f"{mutant.name}: patch -R")
    else:
        wrong = f"it does not apply:\n{applied.stdout}"
    print(f"{'seen' if wrong is None else 'NOT SEEN':9} {mutant.name:44} {time.monotonic() - began:4.0f} s  "
          f"{mutant.breaks}", flush=True)
    if wrong:
        print(wrong, flush=True)
    return wrong is None


def must_apply():
    """How many patches do not."""
    wrong = [path.name for path in sorted(HERE.glob("*.patch"))
             if run(["patch", "-p1", "-s", "-N", "--dry-run", "-d", PROJECT, "-i", path]).returncode != 0]
    for name in wrong:
        print(f"tests/mutants/{name}: does not apply")
    return len(wrong)


def must_pass(mutants):
    """As it is, every one of the tests passes."""
    for mutant in {mutant.test: mutant for mutant in mutants}.values():
        done = build_and_test(mutant)
        if isinstance(done, str) or done.returncode != 0:
            text = done if isinstance(done, str) else done.stdout
            sys.exit(f"without any mistake {mutant.test} fails:\n{text[-3000:]}")
        print(f"passes    {mutant.test}", flush=True)


def choose(mutants, arguments):
    if arguments.names:
        found = [mutant for mutant in mutants if any(re.search(name, mutant.name) for name in arguments.names)]
        if not found:
            sys.exit(f"no mutant is called {' or '.join(arguments.names)}")
        return found
    if not arguments.sample:
        return mutants
    seed = int(os.environ.get("KEPUD_SEED") or time.time())
    print(f"a sample of {arguments.sample} of {len(mutants)}; again: KEPUD_SEED={seed} tests/mutants/mutants.py "
          f"--sample {arguments.sample}", flush=True)
    return random.Random(seed).sample(mutants, min(arguments.sample, len(mutants)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these (regular expressions)")
    parser.add_argument("--sample", type=int, help="only so many, by chance (KEPUD_SEED)")
    parser.add_argument("--apply", action="store_true", help="say only whether every patch applies to the project")
    arguments = parser.parse_args()
    if arguments.apply:
        sys.exit(must_apply())
    chosen = choose([Mutant(path) for path in sorted(HERE.glob("*.patch"))], arguments)
    make_copy()
    if not arguments.sample:
        must_pass(chosen)
    seen = [try_one(mutant) for mutant in chosen]
    print(f"{sum(seen)} of {len(seen)} mutants are seen")
    sys.exit(0 if all(seen) and seen else 1)


if __name__ == "__main__":
    main()
