# SPDX-License-Identifier: Apache-2.0
"""Messages for test_placeholder_states.py: every accepted golden case, each with entities of its own, and what
describes these entities."""
import json
import os
import re
import subprocess
from pathlib import Path

from harness.paths import CATALOGUE, KEPUD, PROJECT, SAMPLES

CASES = PROJECT / "tests" / "cases"
PROGRAM = Path(os.environ.get("CASES", PROJECT / "build" / "dev" / "tests" / "cases" / "cases"))
NOW = "2027-01-01T00:00:00+08:00"  # later than that of every case

# Which dimension a member names, by its name.
DIMENSIONS = (("organization", re.compile(r"(\w+_)?org_id|co_organizers|partner_orgs")),
              ("facility", re.compile(r"(\w+_)?facility_id")),
              ("activity", re.compile(r"(\w+_)?activity_id")),
              ("programme", re.compile(r"programme_id")),
              ("source_document", re.compile(r"document_id")),
              ("indicator", re.compile(r"indicator")),
              ("region", re.compile(r"(\w+_)?region|code|parent_code")))
OWN = re.compile(r"(\w+_)?id|part_of")  # ids of what has no dimension
PROVINCES = [str(code) for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71),
                                           (81, 82)) for code in range(first, last + 1)]


def accepted_cases():
    done = subprocess.run([PROGRAM, "--accepted", CATALOGUE, CASES], capture_output=True, timeout=60, check=True)
    # The envelope's cases have byte order marks and the like.
    messages = [json.loads(line.decode("utf-8-sig")) for line in done.stdout.splitlines() if line.strip()]
    assert {message["type"] for message in messages} == set(types()), "types without an accepted case"
    return messages


def types():
    return [found.group(1) for path in CATALOGUE.glob("*.cfg")
            if (found := re.search(r'^type += "(.*)";', path.read_text(encoding="utf-8"), re.MULTILINE))]


CODES = re.compile(r'\(\s*"([^"]+)",\s*"[^"]+",\s*"[^"]+"\s*\)')


def shared_enumerations():
    """kind → codes."""
    return {name: CODES.findall(values) for name, values in
            re.findall(r'kind = "(\w+)"; is = "enum"; values = \((.*?)\n {8}\); }',
                       (CATALOGUE / "catalogue.cfg").read_text(encoding="utf-8"), re.DOTALL)}


def enumerations(kind):
    """member → codes, of one declaration."""
    shared = shared_enumerations()
    text = (CATALOGUE / f"{kind}.cfg").read_text(encoding="utf-8")
    own = {name: CODES.findall(values) for name, values in
           re.findall(r'member = "(\w+)"; is = "enum";[^{}]*?values = \(((?:\s*\(".*?"\),?)+)', text)}
    used = {name: shared[of] for name, of in re.findall(r'member = "(\w+)"; is = "(\w+)";', text) if of in shared}
    return {**own, **used}


def replaced(value, member, code):
    """A copy in which the member says this, wherever it stands; None where it stands nowhere."""
    if isinstance(value, list):
        parts = [replaced(part, member, code) for part in value]
        return [new or old for new, old in zip(parts, value)] if any(parts) else None
    if not isinstance(value, dict):
        return None
    if isinstance(value.get(member), str):
        return {**value, member: code}
    parts = {name: replaced(part, member, code) for name, part in value.items()}
    return {name: new or value[name] for name, new in parts.items()} if any(parts.values()) else None


def in_all_languages(value, tags):
    """A copy whose texts are in every language, and whose lists of languages name every one."""
    if isinstance(value, list):
        return [in_all_languages(part, tags) for part in value]
    if not isinstance(value, dict):
        return value
    if "zh-Hans" in value:
        return dict.fromkeys(tags, value["zh-Hans"])
    return {name: tags if name == "languages" else in_all_languages(part, tags) for name, part in value.items()}


def accepted(messages):
    """Those that `kepud validate` accepts."""
    lines = b"\n".join(encode(message) for message in messages)
    done = subprocess.run([KEPUD, "validate", "--catalogue", CATALOGUE, "--now", NOW], input=lines,
                          capture_output=True, timeout=60, check=False)
    verdicts = [line.split("\t") for line in done.stdout.decode().split("\n")[:-1]]
    assert len(verdicts) == len(messages), done.stderr.decode()
    return [message for message, verdict in zip(messages, verdicts) if verdict[1] == "accepted"]


def each_value(messages):
    """Every code of every enumeration, and every language, in a message of a case."""
    tags = shared_enumerations()["lang_tag"]
    made = [{**message, "data": in_all_languages(message["data"], tags)} for message in messages]
    for kind in types():
        mine = [message for message in messages if message["type"] == kind]
        of_kind = enumerations(kind.removeprefix("cn.kepu."))
        assert of_kind, kind
        for member, codes in of_kind.items():
            for code in codes:
                made += [{**message, "data": new} for message in mine
                         if (new := replaced(message["data"], member, code))][:3]
    return accepted(made)


def encode(message):
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


class Moved:
    """One message whose entities nobody else names. `names`: dimension → their keys; `before`: the keys that it had."""

    def __init__(self, number, message):
        self.number = number
        self.changes = message["type"] == "cn.kepu.region.changed"
        self.names = {dimension: set() for dimension, _ in DIMENSIONS}
        self.before = {dimension: set() for dimension, _ in DIMENSIONS}
        self.keys = {}
        data = self._walk(message["data"], "")
        self.message = {**message, "id": f"case-{number}", "data": data}
        if "subject" in message:
            self.message["subject"] = self.keys.get(message["subject"], message["subject"])

    def _region(self, code):
        if not self.changes:
            return f"15{self.number * 10 + len(self.names['region']):07}"
        # The shape tells level and parent, so only the province and the prefecture move.
        if code == "100000":
            return code
        middle = code[2:4] if code[2:4] == "00" else f"{10 + self.number // len(PROVINCES) % 90}"
        return PROVINCES[self.number % len(PROVINCES)] + middle + code[4:]

    def _key(self, dimension, key):
        if (dimension, key) not in self.keys:
            tail = f".{self.number}"
            if dimension == "region":
                new = self._region(key)
            elif dimension == "indicator":
                new = f"n{self.number}.{key}"[:80].rstrip(".")
            else:
                new = key[:64 - len(tail)] + tail
            self.keys[dimension, key] = self.keys[key] = new
        if dimension:
            self.names[dimension].add(self.keys[dimension, key])
            self.before[dimension].add(key)
        return self.keys[dimension, key]

    def _walk(self, value, member):
        if isinstance(value, dict):
            return {name: self._walk(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [self._walk(part, member) for part in value]
        if not isinstance(value, str) or member == "target_id":
            return value
        for dimension, pattern in DIMENSIONS:
            if pattern.fullmatch(member):
                return self._key(dimension, value)
        return self._key("", value) if OWN.fullmatch(member) else value

    def _event(self, kind, about, data):
        return {"specversion": "1.0", "id": f"about-{self.number}-{kind}-{about}",
                "source": "https://registry.example/x", "type": f"cn.kepu.{kind}",
                "time": "2005-01-01T00:00:00+08:00", "data": data}

    def descriptions(self, revision):
        """Events that describe what the message names, as far as there are any for it."""
        name, known = {"zh-Hans": "名称", "mn-Mong": "ᠨᠡᠷ᠎ᠡ"}, {"region": "100000"}
        for code in sorted(self.names["region"]) if not self.changes else ():
            yield self._event("region.changed", code, {"code": code, "revision": revision, "level": "township",
                                                       "kind": "town", "parent_code": "150000", "name": name})
        for key in sorted(self.names["organization"]):
            yield self._event("organization.changed", key, {"org_id": key, "revision": revision, "name": name,
                                                            "org_kind": "other", **known})
        for key in sorted(self.names["facility"]):
            yield self._event("facility.changed", key, {"facility_id": key, "revision": revision, "name": name,
                                                        "facility_kind": "other", "status": "open", **known})
        for key in sorted(self.names["activity"]):
            yield self._event("activity.registered", key, {
                "activity_id": key, "revision": revision, "name": name, "form": "regular", "kind": "other", **known,
                "organizer_org_id": "registry", "starts_on": "2005-01-01", "ends_on": "2005-01-01", "mode": "offline"})
        for key in sorted(self.names["programme"]):
            yield self._event("funding.recorded", key, self._side({"programme_id": key, "programme_name": name}))
        for key in sorted(self.names["source_document"]):
            yield self._event("funding.recorded", key, self._side({"document": {"document_id": key, "title": "标题"}}))

    def _side(self, described):
        return {"funding_id": "registry", "direction": "spent", "purpose": "other", "source_level": "self",
                "region": "100000", "period_start": "2005-01-01", "period_end": "2005-01-01", "amount_fen": 0,
                **described}


def moved_cases():
    cases = accepted_cases()
    moved = [Moved(number, message) for number, message in enumerate(cases + each_value(cases))]
    assert len(accepted([one.message for one in moved])) == len(moved), "moving a case spoils it"
    return moved


def samples():
    return [json.loads(line) for name in ("seed-events.jsonl",)
            for line in (SAMPLES / name).read_bytes().split(b"\n") if line]
