#!/bin/sh
# Installs, or removes, what `make build` made.
#
#   cmake/install.sh install|uninstall BUILD_FOLDER
#
# Environment: PREFIX (default /usr/local), LIBDIR (PREFIX/lib), DESTDIR (empty; put before every path, for packagers).
# Installed: the header, the library with its links, the pkg-config and CMake files, the command with its completions
# and manual page. Both actions walk the same list of paths, so uninstall leaves nothing behind.
set -eu

action=${1:-}
build=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
source_tree=$(dirname "$here")

PREFIX=${PREFIX:-/usr/local}
LIBDIR=${LIBDIR:-$PREFIX/lib}
DESTDIR=${DESTDIR:-}

fail() {
    echo "install: $*" >&2
    exit 1
}

case $PREFIX$LIBDIR in
*[[:space:]]*) fail "PREFIX and LIBDIR may not contain spaces: pkg-config could not name them" ;;
esac
case $PREFIX in /*) ;; *) fail "PREFIX must be an absolute path: $PREFIX" ;; esac
case $LIBDIR in /*) ;; *) fail "LIBDIR must be an absolute path: $LIBDIR" ;; esac
PREFIX=${PREFIX%/}
LIBDIR=${LIBDIR%/}

version_macro() {
    sed -n "s/^#define DISTCOORD_VERSION_$1 \"\{0,1\}\([0-9.]*\)\"\{0,1\}\$/\1/p" \
        "$source_tree/include/distcoord/version.h"
}
version=$(version_macro STRING)
major=$(version_macro MAJOR)
minor=$(version_macro MINOR)
[ "$version" = "$major.$minor.$(version_macro PATCH)" ] ||
    fail "include/distcoord/version.h contradicts itself: DISTCOORD_VERSION_STRING is '$version'"
soversion=$major

include=$PREFIX/include
cmake_folder=$LIBDIR/cmake/DistCoord
bash_completion=$PREFIX/share/bash-completion/completions/distcoord
zsh_completion=$PREFIX/share/zsh/site-functions/_distcoord
fish_completion=$PREFIX/share/fish/vendor_completions.d/distcoord.fish
manual=$PREFIX/share/man/man1/distcoord.1

topics=$(cd "$source_tree/include/distcoord" && ls -- *.h)

# Every installed path, files before the folders that hold only them.
installed_paths() {
    echo "$include/distcoord.h"
    for topic in $topics; do echo "$include/distcoord/$topic"; done
    echo "$LIBDIR/libdistcoord.so.$version"
    echo "$LIBDIR/libdistcoord.so.$soversion"
    echo "$LIBDIR/libdistcoord.so"
    echo "$LIBDIR/pkgconfig/distcoord.pc"
    echo "$cmake_folder/DistCoordConfig.cmake"
    echo "$cmake_folder/DistCoordConfigVersion.cmake"
    echo "$PREFIX/bin/distcoord"
    echo "$PREFIX/bin/distlock"
    echo "$bash_completion"
    echo "$zsh_completion"
    echo "$fish_completion"
    echo "$manual"
}

# put MODE SOURCE TARGET
put() {
    install -d "$DESTDIR$(dirname "$3")"
    install -m "$1" "$2" "$DESTDIR$3"
}

# put_text TARGET < text
put_text() {
    install -d "$DESTDIR$(dirname "$1")"
    cat >"$DESTDIR$1"
    chmod 644 "$DESTDIR$1"
}

# Path of $2 as seen from folder $1, so that an installed tree can be moved as a whole.
relative_path() {
    from=${1#/} to=${2#/}
    while [ -n "$from" ] && [ "${from%%/*}" = "${to%%/*}" ]; do
        case $from in */*) from=${from#*/} ;; *) from= ;; esac
        case $to in */*) to=${to#*/} ;; *) to= ;; esac
    done
    up=
    while [ -n "$from" ]; do
        up=../$up
        case $from in */*) from=${from#*/} ;; *) from= ;; esac
    done
    result=$up$to
    printf '%s' "${result%/}"
}

fill() {
    sed -e "s|@VERSION@|$version|g" -e "s|@SOVERSION@|$soversion|g" \
        -e "s|@MAJOR@|$major|g" -e "s|@MINOR@|$minor|g" \
        -e "s|@PREFIX@|$PREFIX|g" -e "s|@LIBDIR@|$libdir_in_pc|g" \
        -e "s|@PREFIX_FROM_CONFIG@|$(relative_path "$cmake_folder" "$PREFIX")|g" \
        -e "s|@POINTER_SIZE@|$(($(getconf LONG_BIT) / 8))|g" -e "s|@POINTER_BITS@|$(getconf LONG_BIT)|g" "$1"
}

install_all() {
    library=$build/libdistcoord.so
    command=$build/distcoord-command
    for file in "$library" "$command"; do
        [ -f "$file" ] || fail "$file is missing; run 'make build' first"
    done

    # In the .pc file the library folder stays relative to the prefix where it can, as `--define-prefix` expects.
    case $LIBDIR in
    "$PREFIX"/*) libdir_in_pc="\${exec_prefix}${LIBDIR#"$PREFIX"}" ;;
    *) libdir_in_pc=$LIBDIR ;;
    esac

    put 644 "$source_tree/include/distcoord.h" "$include/distcoord.h"
    for topic in $topics; do
        put 644 "$source_tree/include/distcoord/$topic" "$include/distcoord/$topic"
    done

    put 755 "$library" "$LIBDIR/libdistcoord.so.$version"
    strip --strip-unneeded "$DESTDIR$LIBDIR/libdistcoord.so.$version"
    ln -sfn "libdistcoord.so.$version" "$DESTDIR$LIBDIR/libdistcoord.so.$soversion"
    ln -sfn "libdistcoord.so.$soversion" "$DESTDIR$LIBDIR/libdistcoord.so"

    fill "$here/distcoord.pc.in" | put_text "$LIBDIR/pkgconfig/distcoord.pc"
    fill "$here/DistCoordConfig.cmake.in" | put_text "$cmake_folder/DistCoordConfig.cmake"
    fill "$here/DistCoordConfigVersion.cmake.in" | put_text "$cmake_folder/DistCoordConfigVersion.cmake"

    put 755 "$command" "$PREFIX/bin/distcoord"
    strip "$DESTDIR$PREFIX/bin/distcoord"
    # Under this name it takes the flags of flock(1).
    ln -sfn distcoord "$DESTDIR$PREFIX/bin/distlock"
    "$command" completion bash | put_text "$bash_completion"
    "$command" completion zsh | put_text "$zsh_completion"
    "$command" completion fish | put_text "$fish_completion"
    fill "$here/distcoord.1.in" | put_text "$manual"

    for path in $(installed_paths); do
        [ -s "$DESTDIR$path" ] || fail "$DESTDIR$path was not installed, or is empty"
    done

    # The dynamic loader knows a library in its own folders only after this; a packager does it when unpacking.
    if [ -z "$DESTDIR" ] && [ "$(id -u)" -eq 0 ] && command -v ldconfig >/dev/null 2>&1; then ldconfig; fi
    echo "installed libdistcoord $version under $DESTDIR$PREFIX"
}

uninstall_all() {
    for path in $(installed_paths); do rm -f "$DESTDIR$path"; done
    for folder in "$include/distcoord" "$cmake_folder"; do
        [ ! -d "$DESTDIR$folder" ] || rmdir --ignore-fail-on-non-empty "$DESTDIR$folder"
    done
    echo "removed libdistcoord $version from $DESTDIR$PREFIX"
}

case $action in
install)
    [ -n "$build" ] || fail "which build folder?"
    install_all
    ;;
uninstall) uninstall_all ;;
*)
    echo "usage: $0 install|uninstall BUILD_FOLDER" >&2
    exit 64
    ;;
esac
