# Finds a Rust on this machine that is new enough for Cargo.toml. Sourced by setup.sh and cargo; installs nothing.
# shellcheck shell=bash
# The caller sets `root`, the folder of Cargo.toml.
: "${root:?set by the script that sources this one}"
# Stands before absolute paths; only tests/setup.sh sets it.
sysroot=${SETUP_SYSROOT:-}

# Where setup.sh puts a toolchain of its own when the system has none to offer; `make clean` keeps it.
private_rust() {
    if [[ -n ${XDG_CACHE_HOME:-} ]]; then
        echo "$XDG_CACHE_HOME/sansheng/rust"
    elif [[ -n ${HOME:-} ]]; then
        echo "$HOME/.cache/sansheng/rust"
    else
        echo "$root/target/rust"
    fi
}

# `rust-version` of Cargo.toml, e.g. 1.88.
rust_floor() {
    sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' "$root/Cargo.toml"
}

# version_at_least 1.96.0 1.88: compares dotted numbers.
version_at_least() {
    [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

# new_enough RUSTC [ARGUMENT...]: this compiler runs and is not older than the floor.
new_enough() {
    local said
    said=$("$@" --version 2>/dev/null) || return 1
    [[ $said =~ ^rustc\ ([0-9]+\.[0-9]+\.[0-9]+) ]] || return 1
    version_at_least "${BASH_REMATCH[1]}" "$(rust_floor)"
}

# Sets PATH (and the variables of rustup where needed) so that `cargo` and `rustc` are new enough; 1 if none is.
use_rust() {
    local own dir
    if command -v cargo >/dev/null && new_enough rustc; then
        return 0
    fi
    for dir in "${CARGO_HOME:-${HOME:-}/.cargo}/bin" "$sysroot"/usr/{local/,}bin; do
        [[ -x $dir/cargo ]] || continue
        if new_enough "$dir/rustc"; then
            export PATH="$dir:$PATH"
            return 0
        fi
        # rustup's default toolchain is too old, yet a newer one may stand beside it.
        if [[ -x $dir/rustup ]] && new_enough "$dir/rustup" run stable rustc; then
            export PATH="$dir:$PATH" RUSTUP_TOOLCHAIN=stable
            return 0
        fi
    done
    own=$(private_rust)
    if CARGO_HOME="$own/cargo" RUSTUP_HOME="$own/rustup" new_enough "$own/cargo/bin/rustc"; then
        export CARGO_HOME="$own/cargo" RUSTUP_HOME="$own/rustup" PATH="$own/cargo/bin:$PATH"
        return 0
    fi
    return 1
}
