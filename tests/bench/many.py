# SPDX-License-Identifier: Apache-2.0
"""Many made-up events, quickly: 5,000 facilities over 60 months in 3,000 regions of 31 provinces."""
import datetime

PROVINCES = ("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65").split()
FIRST = datetime.date(2021, 11, 1)
DAYS = [str(FIRST + datetime.timedelta(days=day)) for day in range(1800)]
MONTHS = sorted({day[:7] for day in DAYS})
FACILITIES, ORGANISATIONS, ACTIVITIES = 5000, 5000, 100000
KINDS = ("lecture", "exhibition", "competition", "open_day", "free_clinic", "campaign")
INDICATORS = ("venue.science_museum.count", "caravan.count", "grassroots_assoc.count", "activity.count",
              "material.copies", "channel.own", "mobile_museum.count", "visits.count")
LANGUAGES = ("zh-Hans", "mn-Mong", "ug-Arab", "bo-Tibt")


def last_day(month):
    year, number = int(month[:4]), int(month[5:])
    return str(datetime.date(year + number // 12, number % 12 + 1, 1) - datetime.timedelta(days=1))


class Many:
    """Every event as (key, value); `facts` is how many rows of facts they make, about."""

    def __init__(self, random, facts):
        self.random = random
        self.facts = facts
        self.number = 0
        self.visits = 0
        self.regions = [f"{province}{prefecture:02}{county:02}" for province in PROVINCES for prefecture in range(1, 11)
                        for county in range(0, 10)][:3000]

    def event(self, kind, key, data, day, extra="", source=None):
        self.number += 1
        millisecond = 1_640_000_000_000 + self.number * 10
        head, tail = f"{millisecond:012x}", self.random.getrandbits(48)
        ident = f"{head[:8]}-{head[8:]}-7abc-8abc-{tail:012x}"
        self.last = ident
        source = source or f"https://producer-{self.number % 50}.example/a"
        return key.encode(), (f'{{"specversion":"1.0","id":"{ident}","source":"{source}","type":"cn.kepu.{kind}",'
                              f'"time":"{day}T{self.number % 24:02}:{self.number % 60:02}:00+08:00"{extra},'
                              f'"data":{{{data}}}}}'
                              ).encode()

    def all(self):
        yield from self.dimensions()
        yield from self.long_totals()
        yield from self.take(self.more_visits(), self.facts * 83 // 100)
        yield from self.reach(self.facts * 3 // 100)
        yield from self.indicators(self.facts * 4 // 100)
        yield from self.activities(self.facts * 4 // 100)
        yield from self.small(self.facts * 2 // 100)

    @staticmethod
    def take(events, count):
        for _, event in zip(range(count), events):
            yield event

    def dimensions(self):
        for code in self.regions:
            level, parent = ("prefecture", code[:2] + "0000") if code.endswith("00") else ("county", code[:4] + "00")
            yield self.event("region.changed", code, f'"code":"{code}","revision":1,"level":"{level}","kind":"other",'
                             f'"parent_code":"{parent}","name":{{"zh-Hans":"地区{code}"}}', "2021-01-01")
        for number in range(ORGANISATIONS):
            yield self.event("organization.changed", f"org-{number}",
                             f'"org_id":"org-{number}","revision":1,"name":{{"zh-Hans":"组织{number}"}},'
                             f'"org_kind":"society","region":"{self.regions[number % 3000]}"', "2021-01-01")
        for number in range(FACILITIES):
            kind = ("science_museum", "caravan", "portal_site", "monitoring_point")[number % 4]
            yield self.event("facility.changed", f"hall-{number}",
                             f'"facility_id":"hall-{number}","revision":1,"name":{{"zh-Hans":"场馆{number}"}},'
                             f'"facility_kind":"{kind}","region":"{self.regions[number % 3000]}","status":"open"',
                             "2021-01-01")

    def long_totals(self):
        """One facility in ten also reports months, one in fifty years."""
        for number in range(0, FACILITIES, 10):
            for month in MONTHS:
                yield self.event("visit.counted", f"hall-{number}",
                                 f'"facility_id":"hall-{number}","period_start":"{month}-01",'
                                 f'"period_end":"{last_day(month)}","visitors":9000,"scope":"total"', last_day(month))
        for number in range(0, FACILITIES, 50):
            for year in range(2022, 2026):
                yield self.event("visit.counted", f"hall-{number}",
                                 f'"facility_id":"hall-{number}","period_start":"{year}-01-01",'
                                 f'"period_end":"{year}-12-31","visitors":120000,"scope":"total"', f"{year}-12-31")

    def more_visits(self):
        """Day by day, every facility, by counters (one facility in twenty also in all); for ever: after the last day
        comes the next counter."""
        while True:
            number, day = self.visits % FACILITIES, self.visits // FACILITIES
            counter = day // len(DAYS)
            day = DAYS[day % len(DAYS)]
            self.visits += 1
            scope = "subset" if self.visits % 50 == 0 else "total"
            data = (f'"facility_id":"hall-{number}","period_start":"{day}","period_end":"{day}",'
                    f'"visitors":{self.random.randrange(500)},"scope":"{scope}"'
                    + (f',"counter_id":"gate-{counter}"' if counter or number % 20 else ""))
            event = self.event("visit.counted", f"hall-{number}", data, day)
            yield event
            if self.visits % 100 == 0:
                yield self.event("visit.counted", f"hall-{number}", data, day)
            elif self.visits % 200 == 1:
                source = f"https://producer-{self.number % 50}.example/a"
                yield self.event("visit.counted", f"hall-{number}", data, day, f',"correctsid":"{self.last}"', source)

    def reach(self, count):
        """Channels, one facility in four, month by month, four metrics each."""
        for number in range(count // 4):
            hall, month = number * 4 % FACILITIES + 2, MONTHS[number * 4 // FACILITIES % len(MONTHS)]
            extra = f',"languages":["{LANGUAGES[number % 4]}"]' if number % 5 == 0 else ""
            figures = ",".join(f'{{"metric":"{metric}","value":{number * 7 % 9973}}}'
                               for metric in ("clicks", "followers", "forwards", "page_views"))
            data = (f'"facility_id":"hall-{hall}","period_start":"{month}-01","period_end":"{last_day(month)}",'
                    f'"metrics":[{figures}]{extra}')
            yield self.event("reach.measured", f"hall-{hall}", data, last_day(month))
            if number % 100 == 0:
                yield self.event("reach.measured", f"hall-{hall}", data.replace('"value":', '"value":1')
                                 + f',"document":{{"document_id":"doc-{number % 1000}"}}', last_day(month))

    def indicators(self, count):
        for number in range(count):
            month = MONTHS[number // 24000 % 60]
            region = self.regions[number % 3000]
            kind = "target" if number % 50 == 0 else "actual"
            data = (f'"indicator":"{INDICATORS[number // 3000 % 8]}","region":"{region}","measure_kind":"{kind}",'
                    f'"period_end":"{last_day(month)}","value":{number % 991},"unit":"count"')
            if number % 20 == 0:
                data += f',"baseline_value":{number % 71},"declared_change":7'
            if number % 40 == 0:
                data += ',"parts":[{"category":"a","value":1},{"category":"b","value":2}]'
            yield self.event("indicator.reported", region, data, last_day(month))
            if number % 100 == 0:
                yield self.event("indicator.reported", region, data.replace('"value":', '"value":2', 1)
                                 + f',"document":{{"document_id":"doc-{number % 1000}"}}', last_day(month))
        for month in MONTHS[::12]:
            for region in ("100000", "150000", "650000"):
                yield self.event("indicator.reported", region,
                                 f'"indicator":"visits.venue.total","region":"{region}","measure_kind":"actual",'
                                 f'"period_end":"{month}-15","value":10000000,"unit":"person_time"', f"{month}-20")

    def activities(self, count):
        for number in range(count // 4):
            day, region = DAYS[number % len(DAYS)], self.regions[number % 3000]
            yield self.event("activity.registered", f"act-{number}",
                             f'"activity_id":"act-{number}","revision":1,"name":{{"zh-Hans":"活动{number}"}},'
                             f'"form":"{("regular", "key", "home")[number % 3]}","kind":"{KINDS[number % 6]}",'
                             f'"organizer_org_id":"org-{number % ORGANISATIONS}","region":"{region}",'
                             f'"starts_on":"{day}",'
                             f'"ends_on":"{day}","mode":"offline","target_groups":["youth","farmer"],'
                             f'"occasion":"{("science_day", "none", "st_week")[number % 3]}"', day)
            if number % 20 == 0:
                yield self.event("activity.cancelled", f"act-{number}",
                                 f'"activity_id":"act-{number}","cancelled_on":"{day}","reason_kind":"weather"', day)
            for again in range(3):
                later = DAYS[(number + again * 7) % len(DAYS)]
                yield self.event("activity.reported", f"act-{number}",
                                 f'"aggregation":"single","activity_id":"act-{number}","kind":"{KINDS[number % 6]}",'
                                 f'"region":"{region}","organizer_org_id":"org-{number % ORGANISATIONS}",'
                                 f'"period_start":"{later}","period_end":"{later}","participants":{number % 300},'
                                 f'"partner_orgs":["org-{(number + 1) % ORGANISATIONS}"],'
                                 f'"languages":["zh-Hans"]', later)

    def small(self, count):
        for number in range(count // 7):
            day, region = DAYS[number % len(DAYS)], self.regions[number % 3000]
            org, doc = f"org-{number % ORGANISATIONS}", f'"document":{{"document_id":"doc-{number % 1000}"}}'
            period = f'"period_start":"{day}","period_end":"{day}"'
            yield self.event("training.held", f"t-{number}", f'"training_id":"t-{number}","topic":{{"zh-Hans":"课"}},'
                             f'"organizer_org_id":"{org}","region":"{region}","starts_on":"{day}","ends_on":"{day}",'
                             f'"trainees":30,"trainee_kind":"guide"', day)
            yield self.event("material.distributed", org, f'"distributor_org_id":"{org}","region":"{region}",{period},'
                             f'"material_kind":"leaflet","copies":{number % 700},'
                             f'"title":{{"zh-Hans":"册{number}"}}', day)
            yield self.event("resource.published", f"r-{number}",
                             f'"resource_id":"r-{number}","resource_kind":"exhibit",'
                             f'"title":{{"zh-Hans":"展品"}},"publisher_org_id":"{org}","region":"{region}",{period},'
                             f'"items":2,"unit":"item","renewal":true,"facility_id":"hall-{number % FACILITIES}"', day)
            yield self.event("workforce.reported", region, f'"team_kind":"volunteer","region":"{region}",'
                             f'"as_of":"{day[:7]}-01","headcount":{number % 5000},{doc}', day)
            yield self.event("funding.recorded", f"f-{number}", f'"funding_id":"f-{number}","direction":"spent",'
                             f'"purpose":"activity","source_level":"county","region":"{region}",{period},'
                             f'"amount_fen":{number * 100}', day)
            yield self.event("assessment.recorded", f"a-{number}",
                             f'"assessment_id":"a-{number}","scheme":"annual_work",'
                             f'"year":{day[:4]},"stage":"awarded","org_id":"{org}","region":"{region}",'
                             f'"decided_on":"{day}"', day)
            yield self.event("summary.submitted", org,
                             f'"summary_id":"s-{number}","org_id":"{org}","region":"{region}",'
                             f'"summary_kind":"annual","year":{day[:4]},"title":{{"zh-Hans":"总结"}},'
                             f'"submitted_on":"{day}",'
                             f'"findings":[{{"kind":"plan","ordinal":1,"text":{{"zh-Hans":"计划"}}}}],'
                             f'"metrics":[{{"indicator":"visits.count","value":{number % 100},'
                             f'"unit":"person_time"}}]', day)
