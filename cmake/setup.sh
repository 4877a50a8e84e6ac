#!/bin/sh
# Installs what a build, the tests or the demo need and the machine lacks.
#
#   cmake/setup.sh build|demo|test|proof|lint
#
# Each need is probed for by what it provides (a program, a pkg-config module), not by package name, so that other
# distributions and hand-installed tools count as well. Only what is missing is installed, with apt-get, through sudo
# when not root. Nothing is configured, started or stopped.
set -eu

level=${1:-build}
missing=

# need PACKAGE PROBE... : remembers the Debian package when the probe fails.
need() {
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

need pkg-config command -v pkg-config
need libhiredis-dev pkg-config --exists hiredis
need uuid-dev pkg-config --exists uuid
need libssl-dev pkg-config --exists openssl
need libyaml-dev pkg-config --exists yaml-0.1

case $level in
build) ;;
lint) need clang-format command -v clang-format ;;
proof)
    need python3 command -v python3
    need spin command -v spin
    need gcc command -v gcc
    need libc6-dev test -e /usr/include/stdio.h
    ;;
demo | test)
    need python3 command -v python3
    need gcc command -v cc
    need libc6-dev test -e /usr/include/stdio.h
    need redis-server command -v redis-server
    need redis-tools command -v redis-cli
    ;;
*)
    echo "usage: $0 build|demo|test|proof|lint" >&2
    exit 64
    ;;
esac

if [ "$level" = test ]; then
    need gcc command -v gcc
    need g++ command -v g++
    need binutils command -v readelf
    need cmake command -v cmake
    need openssl command -v openssl
    need procps command -v ps
    need util-linux command -v flock
    need spin command -v spin
    need python3-venv python3 -c 'import venv, ensurepip'
    need tzdata test -e /usr/share/zoneinfo/Europe/Berlin
fi

if [ -n "$missing" ]; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "setup: missing, and there is no apt-get to install it (names of Debian packages):$missing" >&2
        exit 69
    fi
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            echo "setup: missing:$missing" >&2
            echo "hint: as root, run: apt-get update && apt-get install -y --no-install-recommends$missing" >&2
            exit 77
        fi
        as_root=sudo
    fi
    echo "setup: installing$missing"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086  # a list of package names
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi

if ! command -v swift >/dev/null 2>&1; then
    echo "setup: no Swift on this machine" >&2
    echo "hint: install Swift 6.2 or later from https://www.swift.org/install/linux and put its usr/bin on PATH" >&2
    exit 69
fi
