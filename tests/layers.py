#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""base ← event ← { kafka | postgres } ← app: a file includes only what stands to its left. And the engine knows
nothing of the domain: what an event type means stands in schema/, never in daemon/."""
import re
import sys

import tree

MAY_INCLUDE = {
    "base": {"base"},
    "event": {"base", "event"},
    "kafka": {"base", "event", "kafka"},
    "postgres": {"base", "event", "postgres"},
    "app": {"base", "event", "kafka", "postgres", "app"},
}
GENERATED = {"build_info.h"}  # by CMake, for app/

# Foreign headers, too, belong to one layer.
FOREIGN = {"librdkafka/": {"kafka", "app"}, "libpq": {"postgres", "app"}, "postgres": {"postgres"},
           "yyjson": {"event", "app"},
           "libconfig": {"base", "event", "app"}, "pcre2": {"event"}, "nettle/": {"base", "app"}}

# reason.h: the reason codes are the contract's names, the same for every catalogue.
MAY_NAME = {"daemon/event/reason.h"}
DOMAIN = re.compile(r"""kepu(?!d) | 科普 | \bvisit | visitor | facilit | museum | \bregion | province | prefecture
        | county | organi[sz]ation | \bactivit | literacy | exhibition | caravan | designation | Shanghai | China\b
        | Beijing | Mongol | Xinjiang | Turpan | \bUTC\+8""", re.IGNORECASE | re.VERBOSE)
# Reason codes, PostgreSQL's name for its sessions, and librdkafka's for the origin of a log line.
HARMLESS = re.compile(r"\b(REASON_)?[EWDS]_[A-Z_]+\b|pg_stat_activity"
                      r"|(?<=const char \*)facility\b|(?<=[ )(])facility(?=[,;])")

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def include_fault(layer, bracket, name):
    if bracket == '"':
        folder = name.split("/")[0] if "/" in name else None
        if folder is None:
            return None if layer == "app" and name in GENERATED else "names no folder"
        return None if folder in MAY_INCLUDE[layer] else f"{layer}/ may not know {folder}/"
    for prefix, layers in FOREIGN.items():
        if name.startswith(prefix) and layer not in layers:
            return f"belongs to {', '.join(sorted(layers))}, not to {layer}/"
    return None


def line_faults(path, number, line):
    layer = path.parts[1]
    include = INCLUDE.match(line)
    if include and (fault := include_fault(layer, *include.groups())):
        yield f"{path}:{number}: #include of {include.group(2)}: {fault}"
    if str(path) not in MAY_NAME and (word := DOMAIN.search(HARMLESS.sub("", line))):
        yield f"{path}:{number}: '{word.group(0)}' belongs to the catalogue, not to the engine"


def main():
    sources = [path for path in tree.files() if path.parts[0] == "daemon" and path.suffix in (".c", ".h")]
    faults = [f"{path}: not in a folder of a layer" for path in sources if path.parts[1] not in MAY_INCLUDE]
    for path in sources:
        if path.parts[1] in MAY_INCLUDE:
            for number, line in enumerate(tree.text(path).splitlines(), 1):
                faults += line_faults(path, number, line)
    return tree.report("layers", faults, len(sources))


if __name__ == "__main__":
    sys.exit(main())
