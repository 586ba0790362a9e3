#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The documents say what is there: files, functions, links, commands, options, defaults, reason codes.

docs_test.py KEPUD: the built program, whose help and whose verdict on the examples are asked for."""
import re
import shutil
import subprocess
import sys
import tempfile

import tree

LAYERS = ("base", "event", "kafka", "postgres", "app")
MAN = "docs/kepud.8"
READMES = ("README.md", "README.zh-CN.md")
PROMISES = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "13", "14"]


def markdown():
    return [path for path in tree.files() if path.suffix == ".md"]


# ---- ARCHITECTURE.md

def table_faults():
    """Every file of daemon/ has its row, and every row its file."""
    there = {str(path.relative_to("daemon")) for path in tree.files()
             if path.parts[0] == "daemon" and path.suffix in (".c", ".h")}
    listed = set()
    for stem, kind in re.findall(r"^\| `((?:%s)/\w+)\.(c|h|\[ch\])` \|" % "|".join(LAYERS),
                                 tree.text("ARCHITECTURE.md"), re.MULTILINE):
        names = {f"{stem}.{suffix}" for suffix in ("ch" if kind == "[ch]" else kind)}
        yield from (f"ARCHITECTURE.md: {name} stands twice in the table" for name in sorted(names & listed))
        listed |= names
    yield from (f"ARCHITECTURE.md: daemon/{name} has no row" for name in sorted(there - listed))
    yield from (f"ARCHITECTURE.md: daemon/{name} is in the table, but not there" for name in sorted(listed - there))


def name_faults():
    """`function()`, `layer/file.c` and `NAME_OF_A_CONSTANT` exist."""
    source = "\n".join(tree.text(path) for path in tree.files() if path.parts[0] in ("daemon", "schema")
                       and path.suffix in (".c", ".h", ".sql"))
    for document in ("ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"):
        text = tree.text(document)
        for name in sorted(set(re.findall(r"`([\w.]+)\(\)`", text))):
            if not re.search(rf"\b{re.escape(name)}\s*\(", source):
                yield f"{document}: there is no {name}()"
        for name in sorted(set(re.findall(r"`((?:%s)/\w+\.[ch])`" % "|".join(LAYERS), text))):
            if not (tree.PROJECT / "daemon" / name).is_file():
                yield f"{document}: there is no daemon/{name}"
        for name in sorted(set(re.findall(r"`([A-Z]+_[A-Z_]+)`", text))):
            if not re.search(rf"\b(REASON_)?{name}\b|X\({name},", source):
                yield f"{document}: there is no {name}"


# ---- links

def link_faults():
    for path in markdown():
        text = re.sub(r"^```.*?^```", "", tree.text(path), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            file = target.split("#")[0]
            if re.match(r"[a-z]+:", target) or not file:
                continue
            if not (tree.PROJECT / path.parent / file).exists():
                yield f"{path}: links to {target}, which is not there"


# ---- kepud(8)

def kepud(program, *arguments):
    done = subprocess.run([program, *arguments], cwd=tree.PROJECT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def options(text):
    """{"--now": "TIME", …} of a command's help."""
    return {name: argument or "" for name, argument in
            re.findall(r"^\s+(?:-\w, )?(--[\w-]+)(?: ([A-Z:]+))?\s", text, re.MULTILINE)}


def man_options(text):
    return {f"--{name}": argument or "" for name, argument in
            re.findall(r"^\.It .*?Fl -([\w-]+)(?: Ar ([A-Z:]+))?$", text, re.MULTILINE)}


def command_faults(program):
    page = tree.text(MAN)
    common = man_options(page.split(".Sh OPTIONS OF ALL COMMANDS")[1].split(".Sh COMMANDS")[0])
    described = dict(re.findall(r"^\.Ss (\w+)\n(.*?)(?=^\.S[sh] )", page, re.MULTILINE | re.DOTALL))
    _, text, _ = kepud(program, "--help")
    commands = re.findall(r"^  (\w+) ", text, re.MULTILINE)
    if not commands:
        yield f"{program} --help names no commands"
    yield from (f"{MAN}: there is no command {name}" for name in sorted(set(described) - set(commands)))
    for command in commands:
        if command not in described:
            yield f"{MAN}: does not describe {command}"
            continue
        wanted = options(kepud(program, command, "--help")[1])
        found = man_options(described[command]) | common
        yield from (f"{MAN}: {command} {name} {argument}: missing or different" for name, argument in wanted.items()
                    if found.get(name) != argument)
        yield from (f"{MAN}: {command} has no {name}" for name in sorted(set(found) - set(wanted)))


def config_options():
    """Rows of the table in config.c: name, type, default (None: required), bounds, choices."""
    row = re.compile(r'\{"(\w*)", "(\w+)", TYPE_(\w+), AT\(\w+\), (NULL|(?:KEPUD_DATADIR )?"[^"]*"), (\d+), (\d+), '
                     r'(NULL|"[^"]*"),')
    for group, key, kind, default, low, high, choices in row.findall(re.sub(r"\s*\n\s*", " ",
                                                                            tree.text("daemon/app/config.c"))):
        otherwise = None if default == "NULL" else \
            default.replace("KEPUD_DATADIR ", "PREFIX/share/kepud").replace('"', "")
        yield (f"{group}.{key}" if group else key, kind, otherwise, (low, high) if kind == "INTEGER" else None,
               None if choices == "NULL" else choices.strip('"').split("|"))


def config_faults():
    page = tree.text(MAN)
    elsewhere = tree.text("config/kepud.conf.example") + tree.text("README.md")
    types = {"STRING": "string", "INTEGER": "number", "LIST": "list of strings", "BOOLEAN": "boolean",
             "RETENTION": "list of groups"}
    count = 0
    for name, kind, otherwise, bounds, choices in config_options():
        count += 1
        head = "required" if otherwise is None else f"default {otherwise or 'empty'}"
        more = f" , {bounds[0]} to {bounds[1]}" if bounds else f" , {' or '.join(choices)}" if choices else ""
        line = f".It Va {name} Pq {types[kind]} , {head}{more}"
        if line not in page.splitlines():
            yield f"{MAN}: should say: {line}"
        if not re.search(rf"\b{name.split('.')[-1]}\s*=", elsewhere):
            yield f"README.md: {name} stands neither here nor in config/kepud.conf.example"
    described = len(re.findall(r"^\.It Va .* Pq ", page, re.MULTILINE))
    if count == 0 or described != count:
        yield f"{MAN}: {described} options, daemon/app/config.c has {count}"


def lint_faults():
    mandoc = shutil.which("mandoc") or sys.exit("mandoc not found: run scripts/setup")
    done = subprocess.run([mandoc, "-T", "lint", MAN], cwd=tree.PROJECT, capture_output=True, text=True, check=False)
    yield from done.stdout.splitlines()


# ---- README and the format of events

def readme_faults(program):
    for readme in READMES:
        blocks = re.findall(r"^```libconfig\n(.*?)^```", tree.text(readme), re.MULTILINE | re.DOTALL)
        if not blocks:
            yield f"{readme}: has no configuration (```libconfig)"
        for number, block in enumerate(blocks, 1):
            with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as file:
                file.write(block)
                file.flush()
                code, _, told = kepud(program, "check", "-c", file.name)
            if code != 0:
                yield f"{readme}: configuration {number} is refused: {told.strip()}"


def reason_faults():
    if not (tree.PROJECT / "docs/event-format.md").is_file():
        return
    text = tree.text("docs/event-format.md")
    for code in re.findall(r"X\(([EDSW]_\w+),", tree.text("daemon/event/reason.h")):
        if not re.search(rf"\b{code}\b", text):
            yield f"docs/event-format.md: does not explain {code}"


# ---- what is promised has a test

def names_of_tests():
    return {(str(path), name) for path in tree.files() if path.parts[0] == "tests" and path.suffix in (".py", ".c")
            for name in re.findall(r"^(?:def|static void) (\w+)\(", tree.text(path), re.MULTILINE)}


def must_not_happen_faults():
    """Each number has one row; the tests that rows name are there, and no test is named after a row that has none."""
    page = tree.text("docs/must-not-happen.md")
    numbers = re.findall(r"^\| (\d\d) \|", page, re.MULTILINE)
    if numbers != [f"{number:02}" for number in range(1, 44)]:
        yield "docs/must-not-happen.md: has not the rows 01 to 43"
    named = set(re.findall(r"`mnh_(\d\d)`", page))
    tested = {number for _, name in names_of_tests() for number in re.findall(r"mnh_(\d\d)", name)}
    yield from (f"docs/must-not-happen.md: there is no test mnh_{number}" for number in sorted(named - tested))
    yield from (f"docs/must-not-happen.md: does not name mnh_{number}" for number in sorted(tested - named))


def promise_faults():
    """Every promise of README.md names tests that are there."""
    tests = names_of_tests()
    files = {file for file, _ in tests}
    for readme in READMES:
        rows = re.findall(r"^\| P(\d+) \|(.*)\|([^|]*)\|$", tree.text(readme), re.MULTILINE)
        if [number for number, _, _ in rows] != PROMISES:
            yield f"{readme}: has not the promises {', '.join(PROMISES)}"
        for number, _, proof in rows:
            named = re.findall(r"\]\((tests/[\w/.]+)\)(?: `(\w+)`)?", proof)
            if not named:
                yield f"{readme}: P{number} has no test"
            yield from (f"{readme}: P{number}: there is no {file} {name}" for file, name in named
                        if ((file, name) not in tests if name else file not in files))


def mutant_faults():
    """For each promise, and for each row of must-not-happen.md with a test, a mutant says that it breaks it."""
    broken = " ".join(tree.text(path).split("\n", 1)[0] for path in tree.files() if path.match("tests/mutants/*.patch"))
    wanted = [*(f"P{number}" for number in PROMISES),
              *(f"mnh_{number}" for number in re.findall(r"`mnh_(\d\d)`", tree.text("docs/must-not-happen.md")))]
    yield from (f"tests/mutants: no patch breaks {name}" for name in sorted(set(wanted))
                if not re.search(rf"\b{name}\b", broken))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = shutil.which(sys.argv[1]) or sys.exit(f"no program {sys.argv[1]}")
    faults = [*table_faults(), *name_faults(), *link_faults(), *command_faults(program), *config_faults(),
              *lint_faults(), *readme_faults(program), *reason_faults(), *must_not_happen_faults(),
              *promise_faults(), *mutant_faults()]
    return tree.report("docs", faults, len(markdown()) + 1)


if __name__ == "__main__":
    sys.exit(main())
