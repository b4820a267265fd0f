#!/usr/bin/env bash
# scripts/setup.sh on made-up machines: every program it could call is a stand-in that writes down how it was called.
# shellcheck disable=SC2016  # the stand-ins expand their own variables
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
shell=$(command -v bash)
floor=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' "$root/Cargo.toml")
trap 'rm -rf "$work"' EXIT
faults=0 cases=0

# machine NAME: a complete machine, root, Debian, with a new enough Rust and both lint tools; the case then takes things away.
machine() {
    name=$1 m="$work/machine $((cases += 1))" # a space in every path
    bin=$m/path calls=$m/calls
    mkdir -p "$bin" "$m/usr/bin" "$m/home/.cargo/bin" "$m/usr/lib/llvm-14/lib/clang/14/include" "$m/etc/ssl/certs"
    : >"$calls"
    touch "$m/usr/lib/llvm-14/lib/libclang-14.so.1" "$m/usr/lib/llvm-14/lib/clang/14/include/stddef.h"
    touch "$m/etc/ssl/certs/ca-certificates.crt" "$m/offers"
    for tool in bash cat chmod dirname env head mkdir sed sort; do ln -s "$(command -v $tool)" "$bin/$tool"; done
    mkdir -p "$m/usr/lib/any-linux-gnu/"{alsa-lib,pkgconfig}
    touch "$m/usr/lib/any-linux-gnu/pkgconfig/alsa.pc"
    touch "$m/usr/lib/any-linux-gnu/alsa-lib/libasound_module_pcm_pulse.so"
    mkdir -p "$m/usr/share/fonts/opentype/noto"
    touch "$m/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
    for tool in g++ make cmake pkg-config pulseaudio paplay node npm chromium; do program "$bin/$tool" ''; done
    program "$bin/id" 'echo "${UID_SAID:-0}"'
    program "$bin/sudo" 'log sudo; "$@"'
    program "$bin/python3" 'case "$*" in "-c "*) [[ ! -e $M/no-pip ]] ;;
        *"pip install"*) log pip "${@: -1}" ;;
        *"puccinialin --location"*) log puccinialin; [[ ! -e $M/offline ]] && rust "$4/cargo/bin" 1.998.0 ;; esac'
    program "$bin/apt-cache" '[[ $1 == policy ]] && sed -n "s/^$2 /  Candidate: /p" "$M/offers"'
    program "$bin/dpkg-query" '[[ -e $M/installed-$2 ]]'
    program "$bin/apt-get" '[[ $1 == update ]] && { log apt-get update; exit; }
        packages=(); for word; do [[ $word == -* || $word == *::* || $word == install ]] || packages+=("$word"); done
        log apt-get install "${packages[*]}"
        case " ${packages[*]} " in *" rustc-web "*) rust "$M/usr/bin" 1.998.0; touch_file "$M/lint" ;;
        *" rustup "*) rustup_at "$M/usr/bin"; ln_path rustup ;; esac'
    rust "$bin" 1.999.0
    touch "$m/lint"
}

# program FILE BODY: a stand-in whose body can use log, rust and rustup_at.
program() {
    {
        printf '#!%s\nM=%q BIN=%q shell=%q\n' "$shell" "$m" "$bin" "$shell"
        declare -f rust rustup_at program
        printf 'm=$M bin=$BIN\nlog() { echo "$*" >>"$M/calls"; }\ntouch_file() { : >"$1"; }\n'
        printf 'ln_path() { cat "$M/usr/bin/$1" >"$BIN/$1"; chmod +x "$BIN/$1"; }\n%s\n' "$2"
    } >"$1"
    chmod +x "$1"
}

# rust FOLDER VERSION: cargo and rustc there.
rust() {
    mkdir -p "$1"
    program "$1/rustc" "echo 'rustc $2 (stand-in)'"
    program "$1/cargo" 'case "$1" in fmt | clippy) [[ -e $M/lint ]] ;; esac'
}

# rustup_at FOLDER: rustup there, whose default toolchain is what rustc beside it says and whose stable is `stable`.
rustup_at() {
    program "$1/rustup" 'case "$1 $2" in "run stable") [[ -e $M/stable ]] && cat "$M/stable" ;;
        "toolchain install") log rustup install; [[ ! -e $M/offline ]] && echo "rustc 1.997.0 (stand-in)" >"$M/stable" ;;
        "component add") log rustup component; touch_file "$M/lint" ;; esac'
    [[ -e $1/cargo ]] || rust "$1" 0.0.1
}

# expect CODE "CALLS" "WORDS" [ARGUMENT...]: exit code, calls made (joined by `; `), words in what it prints.
expect() {
    local code=0 said made
    said=$(cd / && env -i SETUP_SYSROOT="$m" HOME="$m/home" PATH="$bin" UID_SAID="${uid:-0}" \
        "$shell" "$root/scripts/setup.sh" "${@:4}" 2>&1) || code=$?
    made=$(sed ':a;N;$!ba;s/\n/; /g' "$calls")
    if [[ $code != "$1" || $made != "$2" || $said != *"$3"* ]]; then
        faults=$((faults + 1))
        printf 'FAILED %s\n  exit %s, wanted %s\n  called [%s]\n  wanted [%s]\n  said %s\n  wanted %s\n' \
            "$name" "$code" "$1" "$made" "$2" "$said" "$3"
    fi
    : >"$calls"
}
no_rust() { rm -f "$bin"/{cargo,rustc} "$m/lint"; }

machine 'nothing missing: nothing is called'
expect 0 '' 'ready: rustc 1.999.0' --lint
expect 0 '' 'ready: rustc 1.999.0' --test

machine 'the headers of ALSA are missing'
rm "$m/usr/lib/any-linux-gnu/pkgconfig/alsa.pc"
program "$bin/pkg-config" 'exit 1'
expect 0 'apt-get update; apt-get install libasound2-dev' 'ready'

machine 'sound server and browser are installed for tests, and for nothing else'
rm "$bin/pulseaudio" "$bin/paplay" "$m/usr/lib/any-linux-gnu/alsa-lib/libasound_module_pcm_pulse.so" "$m/lint"
rm "$bin/node" "$bin/npm" "$bin/chromium" "$m/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
rustup_at "$bin"
expect 0 '' 'ready'
expect 0 'rustup component' 'ready' --lint
rm "$m/lint"
expect 0 'apt-get update; apt-get install pulseaudio pulseaudio-utils libasound2-plugins nodejs npm chromium fonts-noto-cjk; rustup component' 'ready' --test

machine 'an unknown argument is refused'
expect 1 '' "unknown argument '--frob'" --frob

machine 'only what is missing is installed, after one update'
rm "$bin/cmake" "$bin/g++" "$m/usr/lib/llvm-14/lib/clang/14/include/stddef.h"
touch "$m/no-pip"
expect 0 'apt-get update; apt-get install g++ cmake libclang-dev python3-pip' 'ready'

machine 'who is not root goes through sudo'
rm "$bin/pkg-config"
uid=1000 expect 0 'sudo; apt-get update; sudo; apt-get install pkg-config' 'ready'

machine 'without root and sudo the command is told'
rm "$bin/pkg-config" "$bin/sudo"
uid=1000 expect 1 '' 'missing: pkg-config. Run as root, then this again: apt-get install pkg-config'

machine 'without apt-get the tools are named'
rm "$bin/g++" "$bin/cmake" "$bin/apt-get"
expect 1 '' 'missing: C++ compiler, cmake. This system has no apt-get'

machine 'Debian 12: rustc too old, rustc-web new enough'
no_rust
printf '%s\n' 'rustc 1.63.0+dfsg1-2' 'rustc-web 1.998.0+dfsg1-1~deb12u2' >"$m/offers"
expect 0 'apt-get update; apt-get install rustc-web cargo-web rustfmt-web rust-web-clippy' 'ready: rustc 1.998.0' --lint
expect 0 '' 'ready: rustc 1.998.0' --lint

machine 'an old Rust first on PATH does not hide the one just installed'
rust "$bin" 1.63.0
printf '%s\n' 'rustc-web 1.998.0+dfsg1-1~deb12u2' >"$m/offers"
expect 0 'apt-get update; apt-get install rustc-web cargo-web rustfmt-web rust-web-clippy' 'ready: rustc 1.998.0'

machine 'Debian 13: Rust too old, rustup offered'
no_rust
printf '%s\n' 'rustc 1.85.0+dfsg3-1' 'rustup 1.27.1-4' >"$m/offers"
expect 0 'apt-get update; apt-get install rustup; rustup install' 'ready'
expect 0 '' 'ready'

machine 'rustup is here, its toolchain too old: it installs stable'
no_rust
rustup_at "$m/home/.cargo/bin"
rust "$m/home/.cargo/bin" 1.70.0
expect 0 'rustup install' 'ready'
expect 0 '' 'ready'

machine 'a new enough Rust in ~/.cargo/bin is found though it is not on PATH'
rust "$bin" 1.63.0
rust "$m/home/.cargo/bin" "$floor.0"
expect 0 '' "ready: rustc $floor.0"

machine 'no root: a toolchain of its own, found again the next time'
no_rust
rm "$bin/sudo"
uid=1000 expect 0 'pip puccinialin; puccinialin' 'ready: rustc 1.998.0'
uid=1000 expect 0 '' 'ready: rustc 1.998.0'

machine 'nothing reachable: each way is tried, then one sentence says what to do'
no_rust
rm "$bin/sudo"
touch "$m/offline"
rustup_at "$m/home/.cargo/bin"
uid=1000 expect 1 'rustup install; pip puccinialin; puccinialin' 'install one with rustup (https://rustup.rs)'

machine 'clippy missing beside rustup'
rm "$m/lint"
rustup_at "$bin"
expect 0 'rustup component' 'ready' --lint

machine 'clippy missing beside Debian packages'
rm "$m/lint"
touch "$m/installed-rustc-web"
expect 0 'apt-get update; apt-get install rustc-web cargo-web rustfmt-web rust-web-clippy' 'ready' --lint

machine 'clippy missing and nobody to add it'
rm "$m/lint"
expect 1 '' 'rustfmt or clippy is missing beside' --lint
expect 0 '' 'ready'

echo "setup: $cases machines, $faults faults"
[[ $faults -eq 0 ]]
