# SPDX-License-Identifier: Apache-2.0
"""What generated events draw from: small spaces of ids, places, days and texts, so that they meet often."""
import datetime

NOW = datetime.datetime(2026, 11, 22, 4, 0, tzinfo=datetime.timezone.utc)  # the clock of the tests
LAST_DAY = datetime.date(2026, 10, 31)

SOURCES = ("https://nmgkx.example/stat", "https://nr-turpan.example/hall", "https://registry.kepu.example/master",
           "https://generator.example/a", "urn:kepu:generator:b")
LANGUAGES = ("zh-Hans", "zh-Hant", "mn-Mong", "mn-Cyrl", "ug-Arab", "kk-Arab", "bo-Tibt", "en")
QUALIFIERS = ("exact", "about", "nearly", "more_than", "at_least", "at_most")
GROUPS = ("all", "youth", "minor", "farmer", "urban_worker", "industrial_worker", "elderly", "official",
          "community_resident", "ethnic_minority", "other")
ACTIVITY_KINDS = ("lecture", "exhibition", "quiz", "drama", "expert_tour", "inspection", "meeting", "other")
INDICATORS = ("visits.venue.total", "visits.count", "literacy.rate", "caravan.count", "material.copies",
              "venue.science_museum.count", "activity.count", "made_up.count", "made_up.rate_2", "guide.rotated")
TEXTS = {
    "zh-Hans": ("科普讲座", "娄底市科技馆", "“科学”与'生活'; DROP TABLE x; --", "第一行\n第二行\t制表", "咨询电话 13912345678",
                "身份证110101199003078515，邮箱 zhang.san@example.com", "编号139123456780不是电话", "𠮷祥科普"),
    "zh-Hant": ("科學普及", "聯絡 a@b.example", "臺北 13912345678a"),
    "mn-Mong": ("ᠮᠣᠩᠭᠣᠯ\u202fᠤᠨ", "ᠲᠠᠯ\u180eᠠ", "ᠰᠢᠨᠵᠢᠯᠡᠬᠦ\u180b ᠤᠬᠠᠭᠠᠨ", " ᠬᠣᠢᠨᠠ "),
    "mn-Cyrl": ("Шинжлэх ухаан", "Монгол"),
    "ug-Arab": ("پەن ئومۇملاشتۇرۇش", "ئۇيغۇر"),
    "kk-Arab": ("عىلىمدى دارىپتەۋ",),
    "bo-Tibt": ("ཚན་རིག་ཁྱབ་སྤེལ", "བོད"),
    "en": ("Open day", "call 13800138000 or mail x+y@example.org", "<b>markup</b> & \\ backslash", "naïve café"),
}
PROVINCES = ("15", "65", "43", "11", "54")
ISO = ("CN-NM", "CN-XJ", "CN-HN", "CN-BJ", "CN-XZ")


def regions(random):
    """Codes of all shapes; villages and townships whose parents are missing too."""
    codes = ["100000", "650400", "152527", "152527201", "431382"]
    for province in PROVINCES:
        codes.append(province + "0000")
        codes.append(f"{province}90{random.randrange(1, 99):02}")
        for prefecture in random.sample(range(1, 60), 2):
            codes.append(f"{province}{prefecture:02}00")
            for _ in range(2):
                county = f"{province}{prefecture:02}{random.randrange(1, 99):02}"
                codes += [county, f"{county}{random.randrange(1, 400):03}"]
        village = f"{province}{random.randrange(60, 99)}{random.randrange(1, 99):02}{random.randrange(1, 400):03}"
        codes += [f"{village}{random.randrange(1, 400):03}", f"{codes[-1]}{random.randrange(1, 400):03}"]
    return sorted(set(codes))


class Pools:
    """`events`: how many there will be; the spaces grow with it."""

    def __init__(self, random, events):
        self.random = random
        self.regions = regions(random)
        self.documents = self._ids("doc", 24)
        self.orgs = self._ids("org", max(10, events // 400)) + ["nmg-kx", "tlf-hall", "ld-kx"]
        self.facilities = self._ids("hall", max(8, events // 700)) + ["tlf-hall", "nmg-stm"]
        self.activities = self._ids("act", max(10, events // 100)) + ["ld-sd2018-drama"]
        self.programmes = self._ids("prog", 8) + ["nmg-100-experts"]
        self.designations = self._ids("des", max(8, events // 250))
        self.trainings = self._ids("train", max(5, events // 80))
        self.resources = self._ids("res", max(5, events // 80))
        self.fundings = self._ids("fund", max(5, events // 100))
        self.surveys = self._ids("survey", 8)
        self.assessments = self._ids("assess", max(5, events // 80))
        self.summaries = self._ids("sum", max(5, events // 80))
        self.instants = [self._instant() for _ in range(40)]

    @staticmethod
    def _ids(word, count):
        return [f"{word}-{number}" for number in range(count)]

    def chance(self, probability):
        return self.random.random() < probability

    def some(self, values, least=1, most=None):
        """A few of them, each once."""
        most = min(len(values), most or len(values))
        return self.random.sample(values, self.random.randint(least, most))

    def _instant(self):
        first = datetime.datetime(2017, 1, 1, tzinfo=datetime.timezone.utc)
        seconds = self.random.randrange(int((NOW - first).total_seconds()))
        return first + datetime.timedelta(seconds=seconds)

    def instant(self):
        """Often one that was used before: ties."""
        return self.random.choice(self.instants) if self.chance(0.3) else self._instant()

    def spelt(self, instant):
        """One of the ways to write it; the digits beyond microseconds are ours to choose."""
        offset = self.random.choice((0, 8, 8, 8, -5.5, 5.75))
        local = instant + datetime.timedelta(hours=offset)
        if offset == 0 and self.chance(0.7):
            zone = self.random.choice("Zz")
        else:
            minutes = int(abs(offset) * 60)
            zone = f"{'-' if offset < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
        fraction = f".{instant.microsecond:06}" if instant.microsecond else self.random.choice(("", "", ".0", ".000"))
        beyond = self.random.choice(("", "123")) if instant.microsecond else ""
        return f"{local:%Y-%m-%dT%H:%M:%S}{fraction}{beyond}{zone}"

    def day(self, first=2016, last=2026):
        start = datetime.date(first, 1, 1)
        end = min(datetime.date(last, 12, 31), LAST_DAY)
        return start + datetime.timedelta(days=self.random.randrange((end - start).days + 1))

    def period(self, first=2016, last=2026):
        """Two days as text; often calendar months, quarters and years, so that they lie in each other."""
        shape = self.random.choice(("day", "day", "month", "month", "quarter", "year", "years", "any"))
        day = self.day(first, last)
        if shape == "day":
            return str(day), str(day)
        if shape == "any":
            return str(day), str(min(day + datetime.timedelta(days=self.random.randrange(1, 60)), LAST_DAY))
        months = {"month": 1, "quarter": 3, "year": 12, "years": 24}[shape]
        begin = (day.year * 12 + day.month - 1) // months * months
        end = begin + months
        start = datetime.date(begin // 12, begin % 12 + 1, 1)
        stop = datetime.date(end // 12, end % 12 + 1, 1) - datetime.timedelta(days=1)
        return str(start), str(min(stop, LAST_DAY))

    def count(self):
        draw = self.random.random()
        if draw < 0.05:
            return 0
        if draw < 0.06:
            return self.random.randrange(10**12 + 1)
        return self.random.randrange(self.random.choice((5, 100, 3000)))

    def figure(self):
        """A number with up to 4 decimals, spelt one way or another."""
        whole = self.random.randrange(self.random.choice((3, 60, 5000)))
        return self.random.choice((whole, whole, float(whole), round(whole + self.random.random(), 4),
                                   round(self.random.random(), 2), -whole))

    def percentage(self):
        return self.random.choice((0, 100, round(self.random.random() * 100, self.random.randrange(5)),
                                   self.random.randrange(101)))

    def texts(self):
        languages = self.some(LANGUAGES, 1, 3) if self.chance(0.7) else ["zh-Hans"]
        return {language: self.random.choice(TEXTS[language]) + self.random.choice(("", " A", " B"))
                for language in languages}

    def document(self, ident=None):
        """Bare ids and descriptions that differ in fullness."""
        found = {"document_id": ident or self.random.choice(self.documents)}
        if self.chance(0.2):
            described = {"title": self.random.choice(TEXTS["zh-Hans"]), "doc_no": f"文〔{self.random.randrange(9)}〕号",
                         "published_on": self.random.choice(("2019-10-23", "2020-12-09", "2020-12-09")),
                         "language": "zh-Hans", "issuer_org_id": self.random.choice(self.orgs),
                         "url": "https://example.org/文件?a=1"}
            found.update({name: described[name] for name in self.some(sorted(described))})
        return found

    def rank(self):
        found = {"scope": self.random.choice(("全国", "西部"))}
        if self.chance(0.7):
            found["position"] = self.random.randrange(1, 32)
        else:
            found["text"] = "居前列，电话13912345678"
        return found
