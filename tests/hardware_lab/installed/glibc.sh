#!/bin/bash
# Makes the C library of the floor out of its maker's source, for `python -m tests.hardware_lab.installed.floor`.
#
#   glibc.sh SOURCE OUT     SOURCE: an unpacked glibc (git tag glibc-2.28, or release/2.28/master)
#
# OUT becomes lib64/, usr/ and etc/ as `make install` lays them out. Needs gcc, make, bison and gawk; some ten
# minutes on two processors.
set -euo pipefail
source=$(realpath "$1") out=$(realpath -m "$2")
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
cd "$build"
# Warnings of a compiler that is years younger are no errors; nobody signs in or profiles here.
"$source/configure" --prefix=/usr --disable-werror --disable-profile --without-selinux CFLAGS="-O2 -g0" >configure.log
make -j"$(nproc)" >make.log 2>&1 || { tail -n 30 make.log; exit 1; }
rm -rf "$out"
make install DESTDIR="$out" >install.log 2>&1 || { tail -n 30 install.log; exit 1; }
"$out/lib64/libc.so.6" | head -n 1
