# SPDX-License-Identifier: Apache-2.0
"""Regions, organisations, facilities, designations, and what is known of them by name only."""
import collections

from .lookups import FACILITY_MODE
from .moments import moment
from .states import ACTIVITY, FACILITY, INDICATOR, ORGANIZATION, REGION, name


def region(world):
    return [{"code": one.code, "parent_code": one.parent, "level": one.level, "kind": one.kind,
             "is_placeholder": one.is_placeholder, "name": one.name, "name_mn": one.texts.get("mn-Mong")}
            for one in world.regions.all.values()]


def region_path(world):
    rows = []
    for code in world.regions.all:
        above = world.regions.above(code)
        rows.append({"code": code, "depth": len(above) - 1,
                     "path": " / ".join(world.regions.all[one].name for one in reversed(above))})
    return rows


def entity_rows(described, undescribed, key, columns, more=lambda event: {}):
    """State columns of the described, and bare keys. `columns`: column → member."""
    for ident, event in described.items():
        yield {key: ident, **{column: event[member] for column, member in columns.items()}, "is_placeholder": False,
               "updated_at": moment(event.time), "name": name(event["name"], ident), **more(event)}
    for ident in undescribed:
        empty = dict.fromkeys((*columns, "updated_at"))
        yield {key: ident, **empty, "is_placeholder": True, "name": ident}


def same(*names):
    return {name: name for name in names}


def org(world):
    columns = {**same("org_kind", "grassroots_kind", "admin_level", "parent_org_id", "uscc", "established_on",
                      "dissolved_on", "status", "revision"), "region_code": "region"}
    return list(entity_rows(world.states.organizations, world.states.placeholders(ORGANIZATION), "org_id", columns))


def facility(world):
    columns = {**same("facility_kind", "operator_org_id", "parent_facility_id", "status", "closed_on", "unit_count",
                      "device_count", "exhibits", "panels", "floor_area_m2", "odometer_km", "url", "revision"),
               "region_code": "region", "open_since": "open_to_public_since"}
    rows = entity_rows(world.states.facilities, world.states.placeholders(FACILITY), "facility_id", columns,
                       lambda event: {"mode": FACILITY_MODE[event["facility_kind"]]})
    return [{"mode": None, **row} for row in rows]


def late_dimension(world):
    return [{"dim": dimension, "id": ident} for dimension in (REGION, ORGANIZATION, FACILITY, ACTIVITY, INDICATOR)
            for ident in world.states.placeholders(dimension)]


def monitoring(world):
    points, devices = collections.Counter(), collections.Counter()
    for event in world.states.facilities.values():
        if event["facility_kind"] == "monitoring_point" and event["status"] != "closed":
            for code in world.regions.above(event["region"]):
                points[code] += event["unit_count"]
                devices[code] += event["device_count"] or 0
    return [{"region_code": code, "points": points[code], "devices": devices[code]} for code in points]


def association_coverage(world):
    found = collections.Counter()
    for event in world.states.organizations.values():
        if event["org_kind"] == "grassroots_association" and event["status"] == "active":
            for code in world.regions.above(event["region"]):
                found[code, event["grassroots_kind"]] += 1
    return [{"region_code": code, "grassroots_kind": kind, "associations": count}
            for (code, kind), count in found.items()]


def granted_holders(grant):
    return grant["holder_count"] or 1


def is_revoked(grant, revocation):
    """A revocation without count takes all."""
    return revocation is not None and (revocation["holder_count"] or granted_holders(grant)) >= granted_holders(grant)


def _designation(world, ident, grant, revocation):
    empty = dict.fromkeys(("title_kind", "level", "holder", "holders", "region_code", "valid_from", "valid_to"))
    row = {"designation_id": ident, **empty, "revoked_on": revocation["revoked_on"] if revocation else None}
    if grant is None:
        return {**row, "state": "unknown"}
    row.update(title_kind=grant["title_kind"], level=grant["level"], region_code=grant["region"],
               valid_from=grant["valid_from"], valid_to=grant["valid_to"],
               holder=grant["holder_org_id"] or grant["holder_facility_id"] or grant["holder_region"])
    if is_revoked(grant, revocation):
        return {**row, "holders": 0, "state": "revoked"}
    row["holders"] = granted_holders(grant) - (revocation["holder_count"] if revocation else 0)
    expired = grant["valid_to"] is not None and grant["valid_to"] < world.today
    return {**row, "state": "expired" if expired else "active"}


def designation(world):
    granted, revoked = world.steps.granted, world.steps.revoked
    return [_designation(world, ident, granted.get(ident), revoked.get(ident))
            for ident in granted.keys() | revoked.keys()]


def designation_active(world):
    holders = collections.Counter()
    for row in designation(world):
        if row["state"] in ("active", "expired") and world.steps.granted[row["designation_id"]]["part_of"] is None:
            for code in world.regions.above(row["region_code"]):
                holders[code, row["title_kind"], row["level"]] += row["holders"]
    return [{"region_code": code, "title_kind": kind, "level": level, "holders": count}
            for (code, kind, level), count in holders.items() if count > 0]


VIEWS = {view.__name__: view for view in (
    region, region_path, org, facility, late_dimension, monitoring, association_coverage, designation,
    designation_active)}
