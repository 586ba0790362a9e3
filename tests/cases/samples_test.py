#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The output of `kepud validate`, to the byte: samples_test.py KEPUD

What scripts rely on: one line for each piece between line feeds, exactly six fields, escapes, exit codes. The verdicts
on the samples and on the messages of tests/contract come along."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

KEPUD = sys.argv[1]
PROJECT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = PROJECT / "schema" / "catalogue"
SAMPLES = PROJECT / "samples" / "seed-events.jsonl"
sys.path.insert(0, str(PROJECT / "tests" / "contract"))
sys.dont_write_bytecode = True
import contract  # noqa: E402

GOOD = SAMPLES.read_bytes().split(b"\n")[0]
FAULTS = []


def expect(what, found, wanted):
    if found != wanted:
        FAULTS.append(f"{what}: {found!r} instead of {wanted!r}")


def validate(*files, stdin=b""):
    done = subprocess.run([KEPUD, "validate", "--catalogue", CATALOGUE, "--now", contract.NOW, *files], input=stdin,
                          capture_output=True, timeout=60, check=False)
    if b"Sanitizer" in done.stderr or b"runtime error" in done.stderr:
        FAULTS.append(done.stderr.decode(errors="replace"))
    return done.returncode, done.stdout, done.stderr


def fields_of(output):
    """Split on 0x0A and on tabs only, as a script would."""
    if output and not output.endswith(b"\n"):
        FAULTS.append(f"the output does not end in LF: {output[-50:]!r}")
    lines = [line.decode().split("\t") for line in output.split(b"\n")[:-1]]
    for fields in lines:
        if len(fields) != 6 or not all(fields):
            FAULTS.append(f"not six fields: {fields}")
        if any(ord(c) < 0x20 or ord(c) == 0x7F for field in fields for c in field):
            FAULTS.append(f"a control character: {fields}")
    return lines


def reasons(stdin):
    code, output, _ = validate(stdin=stdin)
    return code, [(int(fields[0]), fields[2]) for fields in fields_of(output)]


def check_lines():
    """Split on 0x0A only; a final empty piece is no line; an empty line is E_EMPTY."""
    expect("nothing", validate(stdin=b"")[:2], (0, b""))
    expect("one event", validate(stdin=GOOD)[:2], (0, b"1\taccepted\t-\t-\t-\t-\n"))
    expect("one line", validate(stdin=GOOD + b"\n")[:2], (0, b"1\taccepted\t-\t-\t-\t-\n"))
    expect("an empty line", reasons(b"\n"), (1, [(1, "E_EMPTY")]))
    expect("empty lines", reasons(b"\n" + GOOD + b"\n\n\n"),
           (1, [(1, "E_EMPTY"), (2, "-"), (3, "E_EMPTY"), (4, "E_EMPTY")]))
    expect("CR is white space of JSON", reasons(GOOD + b"\r\n" + GOOD + b"\r\n"), (0, [(1, "-"), (2, "-")]))
    expect("CR alone", reasons(b"\r\n"), (1, [(1, "E_JSON")]))
    expect("CR does not separate", reasons(GOOD + b"\r" + GOOD), (1, [(1, "E_JSON")]))
    for name, separator in (("NEL", "\x85"), ("LS", "\u2028"), ("PS", "\u2029")):
        text = GOOD.replace(b'"en":"', b'"en":"' + separator.encode())
        expect(f"{name} does not separate", [number for number, _ in reasons(text + b"\n" + GOOD)[1]], [1, 2])
    expect("NUL does not end a line", reasons(b"\0\n" + GOOD), (1, [(1, "E_JSON"), (2, "-")]))


def event(data, **attributes):
    return json.dumps({"specversion": "1.0", "id": "x", "source": "/s", "type": "cn.kepu.visit.counted",
                       "time": "2022-06-01T18:00:00+08:00", "data": data, **attributes}).encode()


def check_escapes():
    """tab, LF, CR, backslash and other controls written \\t \\n \\r \\\\ \\u00XX"""
    twin = '{"a\\tb\\nc\\rd\\\\e\\u0001f\\u007fg/h~i":1,"a\\tb\\nc\\rd\\\\e\\u0001f\\u007fg/h~i":2}'
    _, output, _ = validate(stdin=twin.encode())
    fields = fields_of(output)[0]
    expect("twin", fields[2:4], ["E_JSON_DUPKEY", "/a\\tb\\nc\\rd\\\\e\\u0001f\\u007Fg~1h~0i"])
    _, output, _ = validate(stdin=b'{"a\\u0000b":1}')
    expect("NUL", fields_of(output)[0][2:4], ["E_JSON_NUL", "/a\\u0000b"])
    _, output, _ = validate(stdin=event({"facility_id": "a\tb\\"}))
    expect("a sentence", fields_of(output)[0][2:4], ["E_FIELD_FORMAT", "/data/facility_id"])
    expect("its tab", "'a\\tb\\\\'" in fields_of(output)[0][4], True)


def check_commands():
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first", Path(folder) / "second"
        first.write_bytes(GOOD + b"\n")
        second.write_bytes(b"{}\n" + GOOD)
        code, output, _ = validate(first, second)
        expect("two files", (code, [fields[:3] for fields in fields_of(output)]),
               (1, [["1", "accepted", "-"], ["1", "rejected", "E_SPECVERSION"], ["2", "accepted", "-"]]))
        expect("one good file", validate(first)[0], 0)
        expect("from standard input", validate("-", stdin=GOOD)[1], b"1\taccepted\t-\t-\t-\t-\n")
        code, output, error = validate(Path(folder) / "none")
        expect("no such file", (code not in (0, 1), output, b"none" in error), (True, b"", True))
    done = subprocess.run([KEPUD, "validate", "--now", "today"], capture_output=True, timeout=60, check=False)
    expect("no time", (done.returncode, done.stdout), (64, b""))
    done = subprocess.run([KEPUD, "validate", "--catalogue", "/nonexistent"], capture_output=True, timeout=60,
                          check=False)
    expect("no catalogue", (done.returncode, done.stdout), (78, b""))


def check_samples():
    code, output, _ = validate(SAMPLES)
    found = fields_of(output)
    expect("samples: exit code", code, 0)
    expect("samples: lines", [int(fields[0]) for fields in found], list(range(1, len(contract.messages(SAMPLES)) + 1)))
    expect("samples: rejected", [fields for fields in found if fields[1] != "accepted"], [])


def check_bad_events():
    code, output, _ = validate(contract.BAD)
    found = fields_of(output)
    expect("bad events: exit code", code, 1)
    expect("bad events: lines", len(found), len(contract.messages(contract.BAD)))
    for wanted, fields in zip(contract.expectations(), found):
        what = f"bad event {wanted.line} ({wanted.what})"
        if wanted.verdict == "REJECT" and wanted.reason != contract.CONFLICT:
            expect(what, fields[1:3] + fields[5:], ["rejected", wanted.reason, "-"])
            expect(f"{what}: a sentence", fields[4] != "-", True)
        else:
            expect(what, fields[1:5], ["accepted", "-", "-", "-"])
            listed = set(fields[5].split(",")) - {"-"}
            expect(f"{what}: missing warnings", wanted.warnings - contract.FROM_DATABASE - listed, set())


def main():
    for check in (check_lines, check_escapes, check_commands, check_samples, check_bad_events):
        check()
    for fault in FAULTS:
        print(fault)
    print(f"validate: {len(FAULTS)} faults")
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
