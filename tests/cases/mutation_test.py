#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""No line of a declaration may be lost unseen: mutation_test.py CASES-PROGRAM CATALOGUE CASES

Takes the declarations apart, one statement at a time: a rule, a bound, a column, a table, a part of a natural key. For
each there must be a golden case that no longer holds. So the cases cover what the declarations say, also of types that
come later. Labels are held against the loader, which refuses a type without them."""
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROGRAM, CATALOGUE, CASES = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])

# Statements that go as a whole.
GONE = (r'required = true; ?', r'default = "[^"]*"; ?', r'\bof = "\w+"; ?', r'column = "[^"]*"; ?', r'unique = true; ?',
        r'drop = true; ?', r'mask = true; ?', r'reference = "[^"]*"; ?', r'when = "[^"]*"; ?')
# Mutants that mean the same: a larger integer than this one is refused by the JSON reader already.
SAME = ('max = "9007199254740991"; moved',)
LABEL = re.compile(r'(?<![\w"])(zh|en) = "[^"]*";')
BOUND = re.compile(r'(?<![\w"])(min|max|digits|days|years|length) += ("?)(-?\d+)\2;')


def block_at(text, start):
    """The end of what the brace or parenthesis at `start` encloses."""
    depth, quoted = 0, False
    for at in range(start, len(text)):
        sign = text[at]
        if sign == '"' and text[at - 1] != "\\":
            quoted = not quoted
        elif not quoted and sign in "{(":
            depth += 1
        elif not quoted and sign in "})":
            depth -= 1
            if depth == 0:
                return at + 1
    raise ValueError(f"nothing closes {text[start:start + 40]!r}")


def without(text, start, end):
    """An element of a list goes with the comma at one of its sides."""
    after = re.match(r",\s*", text[end:])
    if after:
        return text[:start] + text[end + after.end():]
    before = re.search(r",\s*$", text[:start])
    return (text[:before.start()] if before else text[:start]) + text[end:]


def elements(text, name):
    """Where each { … } of `name = ( … );` stands."""
    for opened in re.finditer(rf"^{name} = \(", text, re.MULTILINE):
        end = block_at(text, opened.end() - 1)
        at = text.find("{", opened.end())
        while 0 < at < end:
            stop = block_at(text, at)
            yield at, stop
            at = text.find("{", stop)


def shifted(bound):
    """One more is allowed, or one less."""
    name, quote, number = bound.groups()
    return f"{name} = {quote}{int(number) + (-1 if name == 'min' else 1)}{quote};"


def mutants(text):
    """(what was done, text)"""
    for name in ("rules", "tables"):
        for start, end in elements(text, name):
            yield text[start:end].splitlines()[0], without(text, start, end)
    for pattern in GONE:
        for found in re.finditer(pattern, text):
            qualified = re.fullmatch(r'of = "(\w+)"; ?', found.group())
            if qualified and re.search(rf'member = "{qualified.group(1)}";[^{{}}]*required = true;', text):
                continue  # never without its figure
            yield f"no {found.group()}", text[:found.start()] + text[found.end():]
    for bound in BOUND.finditer(text):
        yield f"{bound.group()} moved", text[:bound.start()] + shifted(bound) + text[bound.end():]
    for columns in re.finditer(r"(?:columns = \{|natural_key = \[)", text):
        end = text.index("}" if columns.group().endswith("{") else "]", columns.end())
        for one in re.finditer(r'\w+ = "[^"]*";|"[^"]*"', text[columns.end():end]):
            start, stop = columns.end() + one.start(), columns.end() + one.end()
            keys = columns.group().endswith("[")
            yield f"{columns.group()} without {one.group()}", without(text, start, stop) if keys \
                else text[:start] + text[stop:]


def line_of(text, mutant):
    same = next((at for at, (a, b) in enumerate(zip(text, mutant)) if a != b), 0)
    return text.count("\n", 0, same) + 1


def run(folder, name, text, cases):
    """Puts the text into a copy of the catalogue; the exit code and what was printed."""
    (folder / name).write_text(text, encoding="utf-8")
    done = subprocess.run([PROGRAM, folder, cases], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (0, 1) and not done.stderr, done.stderr
    return done.returncode, done.stdout


def survivors(path):
    """The faults of one declaration."""
    text = path.read_text(encoding="utf-8")
    cases = CASES / path.stem if (CASES / path.stem).is_dir() else CASES
    count = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "catalogue"
        shutil.copytree(CATALOGUE, folder)
        faults = []
        for what, mutant in mutants(text):
            if what in SAME:
                continue
            count += 1
            if run(folder, path.name, mutant, cases)[0] == 0:
                faults.append(f"{path.name}:{line_of(text, mutant)}: no case misses it: {what}")
        # All labels at once: the loader tells every one that is missing.
        labels = len(LABEL.findall(text))
        for how, mutant in (("missing", LABEL.sub("", text)), ("empty", LABEL.sub(r'\1 = "";', text))):
            said = run(folder, path.name, mutant, cases)[1]
            if (told := len(re.findall(rf"'(?:zh|en)' is {how}", said))) < labels:
                faults.append(f"{path.name}: {told} of {labels} labels are told to be {how}\n{said}")
    return count, faults


def main():
    paths = sorted(CATALOGUE.glob("*.cfg"))
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(survivors, paths))
    for _, faults in results:
        print(*faults, sep="\n", end="\n" if faults else "")
    total, bad = sum(count for count, _ in results), sum(len(faults) for _, faults in results)
    print(f"{total} mutants of {len(paths)} files: {bad} faults")
    return 1 if bad or total < 20 * len(paths) else 0


if __name__ == "__main__":
    sys.exit(main())
