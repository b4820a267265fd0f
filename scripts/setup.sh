#!/usr/bin/env bash
# Installs what building Sansheng needs and this machine lacks: on Debian and its relatives, as root or with sudo.
#
#   scripts/setup.sh          what `make build` needs
#   scripts/setup.sh --lint   also rustfmt and clippy
#   scripts/setup.sh --test   also, beside those two, the sound server that the tests use for virtual microphones, and the
#                             browser in which the dashboard is tried
#
# Quick and silent but for one line when nothing is missing; safe to run again.
# Rust comes from the first of these that has one new enough: this machine, rustup if it is here already, Debian's
# packages, Debian's rustup, the Python package puccinialin (MIT or Apache-2.0; runs rustup in a folder of its own).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/rust.sh
source "$root/scripts/rust.sh"

say() { echo "==> setup: $*"; }
fail() {
    echo "setup: $*" >&2
    exit 1
}

# ---- system packages -------------------------------------------------------------------------------------------

# Name of what is needed | test that it is here | Debian package.
needs=(
    "C++ compiler      | command -v g++                    | g++"
    "make              | command -v make                   | make"
    "cmake             | command -v cmake                  | cmake"
    "pkg-config        | command -v pkg-config             | pkg-config"
    "libclang          | has_libclang                      | libclang-dev"
    "ALSA headers      | has_alsa                          | libasound2-dev"
    "Python 3          | command -v python3                | python3"
    "pip               | has_pip                           | python3-pip"
    "CA certificates   | has_certificates                  | ca-certificates"
)

# The same, for `make test`.
test_needs=(
    "PulseAudio        | command -v pulseaudio             | pulseaudio"
    "paplay            | command -v paplay                 | pulseaudio-utils"
    "ALSA's PulseAudio | has_alsa_pulse                    | libasound2-plugins"
    "Node.js           | command -v node                   | nodejs"
    "npm               | command -v npm                    | npm"
    "Chromium          | command -v chromium               | chromium"
    "Chinese fonts     | has_chinese_font                  | fonts-noto-cjk"
)

any_file() {
    local file
    for file; do
        [[ ! -e $file ]] || return 0
    done
    return 1
}

# The library and the compiler's own headers: bindgen needs both, and libclang1 alone brings only the first.
has_libclang() {
    [[ -n ${LIBCLANG_PATH:-} ]] && return 0
    any_file "$sysroot"/usr/lib*/llvm*/lib/libclang*.so* "$sysroot"/usr/lib*/{,*/}libclang*.so* &&
        any_file "$sysroot"/usr/lib*/{llvm*/lib/,}clang/*/include/stddef.h
}

has_pip() {
    python3 -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("pip") is None)' 2>/dev/null
}

# The file pkg-config looks for: it may be missing itself.
has_alsa() {
    any_file "$sysroot"/usr/lib*/{,*/}pkgconfig/alsa.pc "$sysroot/usr/share/pkgconfig/alsa.pc" ||
        pkg-config --exists alsa 2>/dev/null
}

has_alsa_pulse() { any_file "$sysroot"/usr/lib*/{,*/}alsa-lib/libasound_module_pcm_pulse.so; }

# Pages in Chinese are looked at, and without a font they are boxes.
has_chinese_font() { any_file "$sysroot"/usr/share/fonts/opentype/noto/NotoSansCJK-*; }

has_certificates() {
    [[ -n ${SSL_CERT_FILE:-} ]] ||
        any_file "$sysroot/etc/ssl/certs/ca-certificates.crt" "$sysroot/etc/pki/tls/certs/ca-bundle.crt"
}

# As root, or as someone whom sudo lets be root.
as_root() {
    if [[ $(id -u) -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

has_apt() { command -v apt-get >/dev/null && command -v apt-cache >/dev/null; }
can_install() { has_apt && { [[ $(id -u) -eq 0 ]] || command -v sudo >/dev/null; }; }

apt_lists_fresh=no
apt_refresh() {
    [[ $apt_lists_fresh == no ]] || return 0
    say "apt-get update"
    as_root apt-get update -qq </dev/null || say "some package lists could not be refreshed; going on with what is here"
    apt_lists_fresh=yes
}

# --no-remove: never take away something that is installed to make room.
apt_install() {
    apt_refresh
    say "apt-get install $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove \
        -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}

apt_candidate() {
    apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9]*:\)\{0,1\}\([0-9][^ ]*\)$/\2/p'
}

install_system_packages() {
    local need name check package names=() packages=()
    for need in "${needs[@]}"; do
        IFS='|' read -r name check package <<<"$need"
        read -r name <<<"$name"
        read -r package <<<"$package"
        if ! eval "$check" >/dev/null; then
            names+=("$name")
            packages+=("$package")
        fi
    done
    [[ ${#packages[@]} -gt 0 ]] || return 0
    local list
    list=$(printf ', %s' "${names[@]}")
    has_apt || fail "missing: ${list:2}. This system has no apt-get: install them its own way, then run this again."
    can_install || fail "missing: ${list:2}. Run as root, then this again: apt-get install ${packages[*]}"
    apt_install "${packages[@]}" || fail "apt-get could not install ${packages[*]}: its own words are above."
}

# ---- Rust ------------------------------------------------------------------------------------------------------

rustup_stable() {
    say "rustup toolchain install stable"
    "$1" toolchain install stable --profile minimal -c clippy -c rustfmt </dev/null
}

# A rustup that is here already, with a toolchain that is too old or none.
rust_from_rustup() {
    local rustup
    for rustup in "$(command -v rustup || true)" "${CARGO_HOME:-${HOME:-}/.cargo}/bin/rustup"; do
        if [[ -x $rustup ]]; then
            rustup_stable "$rustup" && return 0
        fi
    done
    return 1
}

# Debian 12 keeps rustc at 1.63 and, through its security updates, rustc-web at what its browsers need.
rust_packages=("rustc-web cargo-web rustfmt-web rust-web-clippy" "rustc cargo rustfmt rust-clippy")

rust_from_apt() {
    can_install || return 1
    apt_refresh
    local family version packages
    for family in "${rust_packages[@]}"; do
        read -ra packages <<<"$family"
        version=$(apt_candidate "${packages[0]}")
        if [[ -n $version ]] && version_at_least "$version" "$(rust_floor)"; then
            apt_install "${packages[@]}" && return 0
        fi
    done
    return 1
}

rust_from_apt_rustup() {
    can_install && [[ -n $(apt_candidate rustup) ]] || return 1
    apt_install rustup && rustup_stable rustup
}

rust_from_pip() {
    has_pip || return 1
    local own log
    own=$(private_rust) log=$own/setup.log
    say "pip install puccinialin, and with it Rust into $own"
    mkdir -p "$own"
    if PIP_ROOT_USER_ACTION=ignore python3 -m pip install -q --target "$own/puccinialin" --upgrade puccinialin \
        </dev/null >"$log" 2>&1 &&
        PYTHONPATH="$own/puccinialin" python3 -m puccinialin --location "$own" </dev/null >>"$log" 2>&1; then
        return 0
    fi
    say "that failed: $(sed -n '$p' "$log") (more in $log)"
    return 1
}

install_rust() {
    use_rust && return 0
    local source
    say "no Rust $(rust_floor) or newer here"
    for source in rust_from_rustup rust_from_apt rust_from_apt_rustup rust_from_pip; do
        if "$source"; then
            hash -r
            use_rust && return 0
        fi
    done
    fail "no Rust $(rust_floor) or newer could be installed: install one with rustup (https://rustup.rs), then run this again."
}

# ---- rustfmt and clippy ----------------------------------------------------------------------------------------

has_lint() { cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; }

lint_from_apt() {
    can_install || return 1
    local family packages
    for family in "${rust_packages[@]}"; do
        read -ra packages <<<"$family"
        if dpkg-query -W "${packages[0]}" >/dev/null 2>&1; then
            apt_install "${packages[@]}" && return 0
        fi
    done
    return 1
}

install_lint() {
    has_lint && return 0
    if command -v rustup >/dev/null; then
        say "rustup component add clippy rustfmt"
        rustup component add clippy rustfmt </dev/null || true
    else
        lint_from_apt || true
    fi
    has_lint || fail "rustfmt or clippy is missing beside $(command -v cargo): add both to that toolchain, then run this again."
}

case ${1:-} in
"" | --lint) ;;
--test) needs+=("${test_needs[@]}") ;;
*) fail "unknown argument '$1' (only --lint and --test are known)" ;;
esac
install_system_packages
install_rust
[[ -z ${1:-} ]] || install_lint
say "ready: $(rustc --version)"
