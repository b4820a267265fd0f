#!/usr/bin/env python3
"""Times `sansheng eval` and faster-whisper on the same recordings, turn about, and prints one Markdown table.

Run it with the Python of the environment that faster-whisper is installed in. See README.md beside this file.
"""

import argparse
import datetime
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BASELINE = Path(__file__).resolve().parent / "faster_whisper.py"
# Both read the same files; resampling and rounding may differ by less than this.
AUDIO_DIFFERENCE_MAX = 0.01


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path, help="truth.json, or the folder that holds it")
    parser.add_argument("--only", metavar="WORD", help="recordings whose path holds the WORD")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each program [default: one a core]")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program, turn about; the median counts")
    parser.add_argument("--sansheng", type=Path, default=REPOSITORY / "target" / "release" / "sansheng")
    parser.add_argument("--model", type=Path, help="folder of the baseline's model [default: as faster_whisper.py]")
    parser.add_argument("--python", default=sys.executable, help="Python that has faster-whisper [default: this one]")
    args = parser.parse_args()
    if args.rounds < 1 or args.threads < 1:
        parser.error("--rounds and --threads are 1 or more")
    return args


def run(command: list[str]) -> dict:
    """Runs a command that prints one JSON object."""
    print("==>", shlex.join(command), file=sys.stderr)
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    except OSError as fault:
        sys.exit(f"{command[0]} does not start ({fault}): build it with `make build`, or name it with an option")
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with exit code {done.returncode}: nothing to compare")
    return json.loads(done.stdout)


def sansheng(args: argparse.Namespace) -> dict:
    command = [str(args.sansheng), "eval", str(args.truth), "--json", "--threads", str(args.threads)]
    speed = run(command + (["--only", args.only] if args.only else []))["speed"]
    return {"audio_s": speed["total"]["audio_s"], "wall_s": speed["run"]["wall_s"], "cpu_s": speed["run"]["cpu_s"]}


def faster_whisper(args: argparse.Namespace) -> dict:
    command = [args.python, str(BASELINE), str(args.truth), "--json", "--threads", str(args.threads)]
    command += ["--only", args.only] if args.only else []
    return run(command + (["--model", str(args.model)] if args.model else []))


def row(name: str, runs: list[dict]) -> str:
    audio_s = runs[0]["audio_s"]
    wall_s = statistics.median(one["wall_s"] for one in runs)
    cpu_s = [one["cpu_s"] for one in runs]
    a_core = "-" if None in cpu_s else f"{audio_s / statistics.median(cpu_s):.1f}"
    span = f"{min(one['wall_s'] for one in runs):.2f}-{max(one['wall_s'] for one in runs):.2f}"
    return f"| {name} | {audio_s:.1f} | {wall_s:.2f} | {span} | {audio_s / wall_s:.1f} | {a_core} |"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def main() -> None:
    args = parse_arguments()
    ours, theirs = [], []
    for _ in range(args.rounds):
        ours.append(sansheng(args))
        theirs.append(faster_whisper(args))
    ours_s, theirs_s = ours[0]["audio_s"], theirs[0]["audio_s"]
    if abs(ours_s - theirs_s) > AUDIO_DIFFERENCE_MAX * max(ours_s, theirs_s):
        sys.exit(
            f"sansheng heard {ours_s:.1f} s and the baseline {theirs_s:.1f} s: not the same audio. The baseline takes "
            "the recordings of a truth.json only: leave its phrases out with --only"
        )
    print(f"{processor()}; {args.threads} threads each; {args.rounds} runs each, turn about; {datetime.date.today()}\n")
    print("| | audio s | wall s (median) | wall s (range) | x real time, all cores | x real time a core |")
    print("|---|---:|---:|---:|---:|---:|")
    print(row("sansheng", ours))
    print(row(theirs[0]["engine"], theirs))


if __name__ == "__main__":
    main()
