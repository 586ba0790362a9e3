#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/identity.md against the program: identity_test.py IDENTITY-PRINT PROJECT

The functions that hash are those of the document itself. What they hash (the pairs) is worked out here from the
declarations, sharing no code with the program: an own reader of libconfig, own defaults, own masking."""
import decimal
import json
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

PROGRAM, PROJECT = sys.argv[1], Path(sys.argv[2])
CATALOGUE = PROJECT / "schema" / "catalogue"
NOW = "2026-11-22T12:00:00+08:00"
FILES = ("samples/seed-events.jsonl", "tests/contract/bad-events.jsonl")
DOCUMENT = (PROJECT / "docs" / "identity.md").read_text(encoding="utf-8")

HASHES = {}
exec(re.search(r"```python\n(.*?)```", DOCUMENT, re.DOTALL).group(1), HASHES)  # the document's own code

PRIMITIVE = {"code", "text", "enum", "integer", "decimal", "money", "boolean", "date", "timestamp", "url", "texts",
             "codes", "object", "list"}
LETTER = {"code": "t", "text": "t", "enum": "t", "url": "t", "integer": "n", "decimal": "n", "money": "n",
          "boolean": "b", "date": "d", "timestamp": "s", "codes": "j"}

TOKEN = re.compile(r'\s+|\#[^\n]*|//[^\n]*|/\*.*?\*/'
                   r'|("(?:\\.|[^"\\])*")|([A-Za-z_*][\w*-]*)|(-?[\d.]+)|([=:;,(){}\[\]])', re.DOTALL)


def tokens(source):
    at = 0
    while at < len(source):
        found = TOKEN.match(source, at)
        at = found.end()
        if found.lastindex:
            yield found.lastindex, found.group(found.lastindex)


class Settings:
    """Enough of libconfig for declarations."""
    def __init__(self, source):
        self.tokens, self.at = list(tokens(source)), 0

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def next_is(self, text):
        return self.at < len(self.tokens) and self.tokens[self.at][1] == text

    def group(self, end=None):
        found = {}
        while self.at < len(self.tokens) and not (end and self.next_is(end)):
            name = self.take()[1]
            self.take()  # = or :
            found[name] = self.value()
            if self.next_is(";") or self.next_is(","):
                self.take()
        if end:
            self.take()
        return found

    def sequence(self, end):
        found = []
        while not self.next_is(end):
            found.append(self.value())
            if self.next_is(","):
                self.take()
        self.take()
        return found

    def value(self):
        kind, text = self.take()
        if text == "{":
            return self.group("}")
        if text in "([":
            return self.sequence(")" if text == "(" else "]")
        if kind == 1:
            joined = json.loads(text)
            while self.at < len(self.tokens) and self.tokens[self.at][0] == 1:
                joined += json.loads(self.take()[1])
            return joined
        if kind == 2:
            return text.lower() == "true"
        return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


DOMAIN = Settings((CATALOGUE / "catalogue.cfg").read_text(encoding="utf-8")).group()
KINDS = {kind["kind"]: kind for kind in DOMAIN["kinds"]}
TYPES = {declared["type"]: declared for declared in
         (Settings(path.read_text(encoding="utf-8")).group() for path in CATALOGUE.glob("*.cfg")
          if path.name != "catalogue.cfg")}


def resolved(field):
    """The field with the options of the kinds that it is made of."""
    found = dict(field)
    while found["is"] not in PRIMITIVE:
        found = {**KINDS[found["is"]], **{key: value for key, value in found.items() if key != "is"}}
    return found


def masked(text):
    for rule in DOMAIN["redact"]:
        def stars(match, rule=rule):
            found = match.group(0)
            if "replace" in rule:
                return rule["replace"] + found[found.index(rule["keep_from"]):]
            return found[:rule["keep_first"]] + "*" * rule["fill"] + found[len(found) - rule["keep_last"]:]
        text = re.sub(rule["pattern"], stars, text, flags=re.ASCII)
    return text


def number(value):
    with decimal.localcontext() as context:
        context.prec = 60
        text = format(decimal.Decimal(value).normalize() + 0, "f")
        return "0" if text == "-0" else text


def microseconds(text):
    date, clock, fraction, offset = re.fullmatch(r"(.{10})[Tt](.{8})(\.\d+)?(.*)", text).groups()
    leap = clock.endswith(":60")
    second = "59" if leap else clock[6:]
    moment = datetime.fromisoformat(f"{date}T{clock[:6]}{second}{offset.upper().replace('Z', '+00:00')}")
    moment += timedelta(seconds=1) if leap else timedelta()
    whole = (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)
    return whole + (0 if leap or not fraction else int((fraction[1:] + "000000")[:6]))


def scalar(field, value):
    kind = field["is"]
    if kind in ("integer", "decimal"):
        value = number(value)
    elif kind == "money":
        value = number(decimal.Decimal(value).scaleb(-field.get("digits", 2)))
    elif kind == "boolean":
        value = "true" if value else "false"
    elif kind == "timestamp":
        moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=microseconds(value))
        value = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    elif kind == "codes":
        value = json.dumps(dict(sorted(value.items(), key=lambda item: item[0].encode())), ensure_ascii=False,
                           separators=(",", ":"))
    elif kind == "text" and field.get("mask"):
        value = masked(value)
    return LETTER[kind], value


def default_of(field):
    text = field["default"]
    return {"boolean": text == "true", "codes": {}}.get(field["is"], text)


def pairs_of(fields, data, path=""):
    found = {}
    for field in map(resolved, fields):
        name = field["member"]
        if field.get("drop") or ("of" in field and field["of"] not in data):
            continue
        value = data.get(name, default_of(field) if "default" in field else None)
        if value is None:
            continue
        here = path + name
        if field["is"] == "texts":
            mask = field.get("mask", True)
            found.update({f"{here}/{tag}": ("t", masked(text) if mask else text) for tag, text in value.items()})
        elif field["is"] == "object":
            found.update(pairs_of(field["fields"], value, here + "/"))
        elif field["is"] == "list":
            item = resolved(field["items"])
            for index, element in enumerate(value):
                if item["is"] == "object":
                    found.update(pairs_of(item["fields"], element, f"{here}/{index}/"))
                else:
                    found[f"{here}/{index}"] = scalar(item, element)
        else:
            found[here] = scalar(field, value)
    return found


def natural_values(paths, pairs):
    for path in paths:
        below = {key[len(path) + 1:]: value[1] for key, value in pairs.items() if key.startswith(path + "/")}
        yield below if below else pairs.get(path)


def natural_keys(declared, data):
    """The paths of each key that an event has: the type's, then those of tables with one for each element."""
    if declared.get("natural_key"):
        yield declared["natural_key"]
    for table in declared.get("tables", ()):
        if "natural_key" not in table:
            continue
        field = resolved(next(one for one in declared["fields"] if one["member"] == table["each"]))
        members = {one["member"] for one in field["items"]["fields"]}
        for index in range(len(data.get(table["each"], ()))):
            yield [f"{table['each']}/{index}/{path}" if path in members else path for path in table["natural_key"]]


def expected(event):
    declared = TYPES[event["type"]]
    pairs = pairs_of(declared["fields"], event["data"])
    content = HASHES["content_hash"](event["type"], microseconds(event["time"]), event.get("correctsid") or "", pairs)
    natural = [HASHES["natural_key"](event["type"], list(natural_values(paths, pairs))).hex()
               for paths in natural_keys(declared, event["data"])]
    return [HASHES["identity_key"](event["source"], event["id"]).hex(), content.hex(), ",".join(natural) or "-"]


def compare(name):
    """The number of events compared, and what differs."""
    messages = (PROJECT / name).read_bytes().split(b"\n")
    done = subprocess.run([PROGRAM, CATALOGUE, PROJECT / name, NOW], capture_output=True, text=True, timeout=60,
                          check=True)
    faults, lines = [], done.stdout.splitlines()
    for line in lines:
        position, *found = line.split("\t")
        event = json.loads(messages[int(position) - 1].decode("utf-8-sig"), parse_float=decimal.Decimal)
        if (wanted := expected(event)) != found:
            faults.append(f"{name}:{position}: {event['type']}: {found}, but by the document {wanted}")
    return len(lines), faults


def vectors():
    """Those of the document: identity keys in a table, events with their pairs in a block."""
    for source, event_id, key in re.findall(r"^\| `(.*?)` \| `(.*?)` \| `([0-9a-f]{32})` \|$", DOCUMENT, re.MULTILINE):
        yield f"{source} {event_id}", HASHES["identity_key"](source, event_id).hex(), key
    blocks = re.search(r"```vectors\n(.*?)```", DOCUMENT, re.DOTALL).group(1).strip().split("\n\n")
    for block in blocks:
        (_, event_type), (_, time), (_, corrects), *rest = [line.split(" ", 1) for line in block.splitlines()]
        pairs = dict((path, (kind, value)) for path, kind, value in
                     (line.split(" ", 2) for word, line in rest if word == "pair"))
        named = dict((word, line) for word, line in rest if word != "pair")
        yield block, HASHES["content_hash"](event_type, int(time), corrects.strip("-"), pairs).hex(), named["content"]
        if "natural" in named:
            values = list(natural_values(TYPES[event_type]["natural_key"], pairs))
            yield block, HASHES["natural_key"](event_type, values).hex(), named["natural"]


def main():
    faults, compared, checked = [], 0, 0
    for name in FILES:
        count, found = compare(name)
        compared += count
        faults += found
    for what, found, wanted in vectors():
        checked += 1
        if found != wanted:
            faults.append(f"docs/identity.md: {what}: {found} instead of {wanted}")
    for fault in faults:
        print(fault)
    print(f"{compared} events compared, {checked} vectors checked, {len(faults)} faults")
    return 1 if faults or compared < 160 or checked < 8 else 0


if __name__ == "__main__":
    sys.exit(main())
