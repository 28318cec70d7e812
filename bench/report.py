#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the table (speed.txt) and the plot (speed.svg) of FOLDER/speed.tsv."""
import os
import sys

COLOURS = {"openssl": "#999999", "softhsm2": "#c06000", "privyseal": "#205090"}


def rows(folder):
    with open(os.path.join(folder, "speed.tsv")) as f:
        for line in f:
            what, how, who, rate, ratio = line.rstrip("\n").split("\t")
            yield what, how, who, rate, ratio


def table(data):
    lines = ["%-36s %-9s %-10s %12s %8s" % (
        "what", "cores", "who", "per second", "ratio")]
    lines += ["%-36s %-9s %-10s %12s %8s" % row for row in data]
    return "\n".join(lines) + "\n"


def plot(data):
    """Bars of the ratio to raw OpenSSL, a group for each kind of key."""
    bars = [r for r in data if r[4]]
    groups = sorted({(r[0], r[1]) for r in bars})
    width, left, top = 90 * len(groups) + 90, 50, 30
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="330" '
           'font-family="sans-serif" font-size="11">' % width,
           '<text x="%d" y="16">Signatures a second, as a ratio to raw '
           'OpenSSL in the same run</text>' % left]
    for tick in range(0, 11, 2):
        y = top + 220 - 22 * tick
        out.append('<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="#ddd"/>'
                   '<text x="%d" y="%d">%.1f</text>' % (
                       left, width - 10, y, y, left - 26, y + 4, tick / 10))
    for number, group in enumerate(groups):
        x = left + 10 + 90 * number
        for place, who in enumerate(COLOURS):
            ratio = [float(r[4]) for r in bars
                     if (r[0], r[1]) == group and r[2] == who]
            if ratio:
                height = 220 * min(ratio[0], 1.1)
                out.append('<rect x="%d" y="%.1f" width="22" height="%.1f" '
                           'fill="%s"/>' % (x + 24 * place, top + 220 - height,
                                            height, COLOURS[who]))
        out.append('<text x="%d" y="%d">%s</text><text x="%d" y="%d">%s</text>'
                   % (x, top + 236, group[0], x, top + 250, group[1]))
    for place, (who, colour) in enumerate(COLOURS.items()):
        x = left + 10 + 110 * place
        out.append('<rect x="%d" y="298" width="12" height="12" fill="%s"/>'
                   '<text x="%d" y="308">%s</text>' % (x, colour, x + 17, who))
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    folder = sys.argv[1]
    data = list(rows(folder))
    with open(os.path.join(folder, "speed.txt"), "w") as f:
        f.write(table(data))
    with open(os.path.join(folder, "speed.svg"), "w") as f:
        f.write(plot(data))


if __name__ == "__main__":
    main()
