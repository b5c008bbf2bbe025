#!/bin/sh
# cargo with the shared target folder. Cargo does not tell two checkouts of one package apart there and takes the other's
# library for fresh, so the packages of this repository are built anew when the checkout changes; dependencies stay.
set -eu

if ! command -v cargo >/dev/null; then
    echo "cargo is missing: install Rust 1.88 or newer with rustup, then run this again" >&2
    exit 1
fi

mkdir -p "$CARGO_TARGET_DIR"
stamp=$CARGO_TARGET_DIR/checkout
if [ "$(cat "$stamp" 2>/dev/null)" != "$PWD" ]; then
    cargo clean --quiet -p dify_observe -p dify_observe_tests -p dify_observe_demo -p dify_observe_bench
    echo "$PWD" >"$stamp"
fi

exec cargo "$@"
