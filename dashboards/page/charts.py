# SPDX-License-Identifier: Apache-2.0
"""Inline SVG. Lengths across are percentages and text keeps its size, so a chart fits any width without a script."""
import html

HEIGHT, TOP, FOOT = 220, 22, 26     # of a column chart, in px: all, above the highest column, below the base
ROOM, LETTER = 240, 7               # what the narrowest screen leaves for its columns, and a letter's width, in px


def percent(value):
    return f"{value:.3f}".rstrip("0").rstrip(".") + "%"


def svg(height, label, content, classes):
    return (f'<svg class="{classes}" width="100%" height="{height}" role="img" aria-label="{html.escape(label)}">'
            f'{content}</svg>')


def bar(value, greatest):
    """A track with its filled part; a figure above 0 is never invisible."""
    share = max(0.0, min(1.0, float(value) / float(greatest)))
    width = percent(max(share * 100, 0.8)) if share > 0 else "0"
    return ('<svg class="bar" width="100%" height="8" aria-hidden="true"><rect class="track" width="100%" height="8" '
            f'rx="2"/><rect class="fill" width="{width}" height="8" rx="2"/></svg>')


def spark(values):
    """One small column for each value; its own scale."""
    top, step = max(values, default=0) or 1, 100 / max(len(values), 1)
    marks = []
    for number, value in enumerate(values):
        height = max(24 * value / top, 1.5) if value > 0 else 1
        kind = "fill" if value > 0 else "track"
        marks.append(f'<rect class="{kind}" x="{percent(number * step)}" y="{26 - height:.1f}" '
                     f'width="{percent(step * 0.72)}" height="{height:.1f}"/>')
    return svg(26, "; ".join(f"{value:,.0f}" for value in values), "".join(marks), "spark")


def span(figures, greatest):
    """Where a figure came from (start) and where it stands (end); a ring: the forecast, an upright line: the target."""
    start, end = figures["start"], figures["end"]

    def at(value):
        return percent(1.5 + 97 * max(0.0, min(1.0, float(value) / float(greatest or 1))))

    parts = ['<line class="axis" x1="1.5%" x2="98.5%" y1="12" y2="12"/>']
    if start is not None and end is not None:
        parts.append(f'<line class="reach" x1="{at(start)}" x2="{at(end)}" y1="12" y2="12"/>')
    if start is not None:
        parts.append(f'<circle class="was" cx="{at(start)}" cy="12" r="4"/>')
    if end is not None:
        parts.append(f'<circle class="is" cx="{at(end)}" cy="12" r="5.5"/>')
    if figures["forecast"] is not None:
        parts.append(f'<circle class="forecast" cx="{at(figures["forecast"])}" cy="12" r="4.5"/>')
    if figures["target"] is not None:
        parts.append(f'<line class="target" x1="{at(figures["target"])}" x2="{at(figures["target"])}" y1="2" y2="22"/>')
    said = ", ".join(f"{name} {value}" for name, value in figures.items() if value is not None)
    return svg(24, said, "".join(parts), "span")


def steps(greatest):
    """Round values for the axis, 2 to 5 of them; the last is not below the greatest."""
    greatest = float(greatest)
    if greatest <= 0:
        return [0, 1]
    unit = 10.0 ** (len(str(int(greatest))) - 1) if greatest >= 1 else 0.1
    for factor in (0.2, 0.5, 1, 2, 5):
        step = unit * factor
        if greatest < 10 and step < 1 <= greatest:
            continue
        if greatest / step <= 5:
            break
    count = int(-(-greatest // step))
    return [step * number for number in range(count + 1)]


def anchor(number, n, word):
    """How a word hangs on its column, so that it stays inside on the narrowest screen, and its reach there, in px."""
    width, middle = len(word) * LETTER + 10, ROOM * (number + 0.5) / n
    if middle < width / 2:
        return "start", ROOM * number / n, ROOM * number / n + width
    if ROOM - middle < width / 2:
        return "end", ROOM * (number + 1) / n - width, ROOM * (number + 1) / n
    return "middle", middle - width / 2, middle + width / 2


def that_fit(words, order):
    """Which words can stand side by side on the narrowest screen: the first in this order, then what still fits."""
    chosen, taken = [], []
    for number in order:
        _, left, right = anchor(number, len(words), words[number])
        if all(right <= other_left or left >= other_right for other_left, other_right in taken):
            chosen.append(number)
            taken.append((left, right))
    return chosen


def every_nth(words):
    """Names along the foot at equal steps that end with the last: the smallest step at which they fit."""
    last = len(words) - 1
    for step in range(1, len(words) + 1):
        order = list(range(last, -1, -step))
        if len(that_fit(words, order)) == len(order):
            return order
    return [last]


def columns(names, series, show):
    """Upright columns, each series a list of figures as long as names: the axis, and the plot that takes the rest."""
    axis = steps(max((max(one, default=0) for one in series), default=0))
    top, plot = axis[-1], HEIGHT - TOP - FOOT
    gutter = max(len(show(value)) for value in axis) * LETTER + 10
    ticks, parts = [], []
    for value in axis:
        y = TOP + plot * (1 - value / top)
        ticks.append(f'<text class="tick" x="{gutter - 8}" y="{y + 4:.1f}" text-anchor="end">{show(value)}</text>')
        parts.append(f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
    n = len(names)
    for number in range(n):
        parts += _column(number, n, [figures[number] / top for figures in series], plot)
    if len(series) == 1:
        words = [show(value) for value in series[0]]
        order = sorted((number for number in range(n) if series[0][number] > 0), key=lambda one: -series[0][one])
        for number in that_fit(words, order):
            y = HEIGHT - FOOT - max(plot * series[0][number] / top, 2) - 6
            parts.append(_word("value", words[number], number, n, y))
    parts += [_word("tick", names[number], number, n, HEIGHT - 8) for number in every_nth(names)]
    label = "; ".join(f"{name}: {', '.join(show(one[number]) for one in series)}" for number, name in enumerate(names))
    return (f'<div class="chart"><svg class="ticks" width="{gutter}" height="{HEIGHT}" aria-hidden="true">'
            f'{"".join(ticks)}</svg><div class="rest">{svg(HEIGHT, label, "".join(parts), "columns")}</div></div>')


def _column(number, n, shares, plot):
    """One place on the foot: a column for each series, as high as its share; a figure above 0 is never invisible."""
    width = 100 / n
    each = width * 0.72 / len(shares)
    for order, share in enumerate(shares):
        if share > 0:
            height = max(plot * share, 2)
            yield (f'<rect class="series{order}" x="{percent(width * (number + 0.14) + each * order)}" '
                   f'y="{HEIGHT - FOOT - height:.1f}" width="{percent(each)}" height="{height:.1f}"/>')


def _word(kind, word, number, n, y):
    side = anchor(number, n, word)[0]
    x = {"start": number, "middle": number + 0.5, "end": number + 1}[side] * 100 / n
    return f'<text class="{kind}" x="{percent(x)}" y="{y:.1f}" text-anchor="{side}">{html.escape(word)}</text>'


def parts(figures, label):
    """One bar, cut in proportion."""
    total, left, cuts = sum(figures) or 1, 0.0, []
    for number, value in enumerate(figures):
        width = 100 * float(value) / float(total)
        cuts.append(f'<rect class="series{number % 6}" x="{percent(left)}" width="{percent(max(width - 0.4, 0.2))}" '
                    'height="22" rx="2"/>')
        left += width
    return svg(22, label, "".join(cuts), "parts")
