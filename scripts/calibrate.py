#!/usr/bin/env python3
"""Fits the probability that a phrase was said to what the audio says of it (src/conduct/sureness.rs).

    sansheng eval --candidates dev.csv FOLDER
    sansheng eval --candidates visitors.csv --without roles FOLDER
    scripts/calibrate.py dev.csv visitors.csv ...

In: the tables of `sansheng eval --candidates`. Out: coefficients, and how well they do on recordings that they were not
fitted to. Standard library only.

The model is logistic with few parameters and signs that are given: nothing that speaks for a phrase may lower its
probability. Folds are made by what was said, so that two voices saying the same sentence are in the same one.
"""
import csv
import math
import re
import sys
import zlib

FOLDS = 5
# Keeps the weights finite where the features part the candidates almost wholly.
RIDGE = 0.003
STEPS = 20_000
# Name, what it is of a row, and the sign its weight must have.
FEATURES = [
    ("ratio", lambda r: max(-20.0, min(0.0, float(r["ratio"] or 0.0))), +1),
    ("decoy margin", lambda r: max(-5.0, min(12.0, float(r["decoy_margin"]))), +1),
    ("cost a syllable", lambda r: float(r["cost"]) / float(r["syllables"]), -1),
]


def rows_of(paths):
    """Rows that the audio was asked about, each heard candidate once."""
    seen, rows = set(), []
    for path in paths:
        with open(path, encoding="utf-8", newline="") as table:
            for row in csv.DictReader(table):
                key = (row.get("condition"), row["file"], row["channel"], row["start_s"], row["end_s"], row["phrase"])
                if row["decoy_margin"] and key not in seen:
                    seen.add(key)
                    rows.append(row)
    return rows


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def fit(points):
    """Weights and bias of least ridge log-loss, by projected gradient on standardised features."""
    width = len(FEATURES)
    mean = [sum(x[j] for x, _ in points) / len(points) for j in range(width)]
    spread = [math.sqrt(sum((x[j] - mean[j]) ** 2 for x, _ in points) / len(points)) or 1.0 for j in range(width)]
    scaled = [([(x[j] - mean[j]) / spread[j] for j in range(width)], y) for x, y in points]
    weights, bias, rate = [0.0] * width, 0.0, 1.0
    for _ in range(STEPS):
        gradient, at_bias = [RIDGE * w for w in weights], 0.0
        for x, y in scaled:
            off = (sigmoid(bias + sum(w * v for w, v in zip(weights, x))) - y) / len(scaled)
            at_bias += off
            for j, v in enumerate(x):
                gradient[j] += off * v
        bias -= rate * at_bias
        moved = [w - rate * g for w, g in zip(weights, gradient)]
        kept = [max(0.0, w) if sign > 0 else min(0.0, w) for w, (_, _, sign) in zip(moved, FEATURES)]
        if max([abs(a - b) for a, b in zip(kept, weights)] + [abs(rate * at_bias)]) < 1e-6:
            break
        weights = kept
    plain = [w / s for w, s in zip(weights, spread)]
    return plain, bias - sum(w * m for w, m in zip(plain, mean))


def predict(model, x):
    weights, bias = model
    return sigmoid(bias + sum(w * v for w, v in zip(weights, x)))


def fold_of(row):
    """By what was said: the voice at the end of a clip's name is left out."""
    said = re.sub(r"_[a-z]\.[a-z0-9]+$", "", row["file"])
    return zlib.crc32(said.encode()) % FOLDS


def report(scored):
    """`(probability, said)` of rows that the model was not fitted to."""
    print("| probability given | candidates | mean probability | said |")
    print("|---|---|---|---|")
    for low, high in [(0, 0.05), (0.05, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.01)]:
        inside = [(p, y) for p, y in scored if low <= p < high]
        if inside:
            mean = sum(p for p, _ in inside) / len(inside)
            said = sum(y for _, y in inside)
            print(f"| {low:.2f} to {min(high, 1):.2f} | {len(inside)} | {mean:.3f} | {said} ({said / len(inside):.3f}) |")
    brier = sum((p - y) ** 2 for p, y in scored) / len(scored)
    loss = -sum(math.log(max(p if y else 1 - p, 1e-12)) for p, y in scored) / len(scored)
    pairs = [(p > q) + 0.5 * (p == q) for p, y in scored if y for q, z in scored if not z]
    wrong = sum((p >= 0.5) != bool(y) for p, y in scored)
    print(f"\nBrier score {brier:.4f}, log-loss {loss:.4f}, area under the curve {sum(pairs) / max(len(pairs), 1):.4f}, "
          f"on the wrong side of 0.5: {wrong} of {len(scored)}.")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    rows = rows_of(sys.argv[1:])
    points = [([feature(row) for _, feature, _ in FEATURES], int(row["said"])) for row in rows]
    said = sum(y for _, y in points)
    if not 0 < said < len(points):
        sys.exit(f"{len(points)} candidates, {said} of them said: needs some that were said and some that were not")
    recordings = {row["file"] for row in rows}
    print(f"{len(points)} candidates in {len(recordings)} recordings: {said} said, {len(points) - said} not.\n")
    literal = [row for row in rows if row["source"] in ("Characters", "Syllables")]
    right = sum(int(row["said"]) for row in literal)
    print(f"Literal: {len(literal)}, of them said: {right}.")
    margins = sorted(float(row["decoy_margin"]) for row in literal if int(row["said"]))
    if margins:
        print(f"Decoy margin that 19 in 20 literal ones that were said exceed: {margins[len(margins) // 20]:.2f}\n")
    scored = []
    for fold in range(FOLDS):
        known = [point for row, point in zip(rows, points) if fold_of(row) != fold]
        model = fit(known)
        scored += [(predict(model, x), y) for row, (x, y) in zip(rows, points) if fold_of(row) == fold]
    print(f"Cross-validated in {FOLDS} folds:\n")
    report(scored)
    weights, bias = fit(points)
    print("\n| feature | weight |\n|---|---|")
    for (name, _, _), weight in zip(FEATURES, weights):
        print(f"| {name} | {weight:.3f} |")
    print(f"| constant | {bias:.3f} |")


if __name__ == "__main__":
    main()
