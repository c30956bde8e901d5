#!/bin/bash
# Builds a CPython that runs wherever the C library is at least as new as FLOOR, from Debian's sources.
#
#   build.sh WORK OUT [ARCH]     ARCH: x86_64 (default) or aarch64
#
# WORK keeps sources and half-built things, so that a second run goes on where the first stopped; OUT is the
# finished tree (bin/, lib/), which may be moved anywhere. Needs network to Debian's package sources, a C
# compiler for the host, perl, make, patch, tclsh and the ziglang wheel's `python -m ziglang` as $ZIG; for another
# ARCH than this PC's also a Python 3.11 as $PYTHON. All libraries are linked in, so the result needs the C library
# and nothing else.
set -euo pipefail

floor=${FLOOR:?set FLOOR to the oldest C library}
work=$(realpath -m "$1") out=$(realpath -m "$2") arch=${3:-x86_64}
target=$arch-linux-gnu
zig=${ZIG:?set ZIG to the command of the zig compiler}
jobs=${JOBS:-$(nproc)}
# Signed by Debian's archive key like every package; the newest point release is taken.
packages="python3.11 openssl libffi zlib bzip2 xz-utils sqlite3"

mkdir -p "$work/tools" "$work/sources" "$work/build" "$work/sysroot"
say() { printf '==> %s\n' "$*"; }
done_() { [ -e "$work/build/$1.done" ]; }
finish() { touch "$work/build/$1.done"; }

# The compilers, which hear nothing of this PC's own headers and libraries: CPython's setup.py would add them.
for tool in cc c++; do
  cat >"$work/tools/$tool" <<TOOL
#!/bin/sh
for word; do
  shift
  case \$word in -I/usr/include* | -L/usr/lib* | -L/lib*) ;; *) set -- "\$@" "\$word" ;; esac
done
exec $zig $tool -target $target.$floor "\$@"
TOOL
done
for tool in ar ranlib; do printf '#!/bin/sh\nexec %s %s "$@"\n' "$zig" "$tool" >"$work/tools/$tool"; done
chmod +x "$work"/tools/*
export CC="$work/tools/cc" CXX="$work/tools/c++" AR="$work/tools/ar" RANLIB="$work/tools/ranlib"
# Sources of their time: what clang made an error since then was a warning to them.
export CFLAGS="-O2 -fPIC -fno-sanitize=undefined -Wno-error=implicit-function-declaration -Wno-error=int-conversion -Wno-date-time -I$work/sysroot/include"
export LDFLAGS="-s -L$work/sysroot/lib"
export PKG_CONFIG_PATH="$work/sysroot/lib/pkgconfig" PKG_CONFIG_LIBDIR="$work/sysroot/lib/pkgconfig"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-0} ZIG_GLOBAL_CACHE_DIR="$work/zig-cache"
# For another kind of PC nothing that was built can be run here.
host_flags=""
if [ "$arch" != "$(uname -m)" ]; then
  host_flags="--host=$target"
  export CROSS_BUILDING=yes # heard by Debian's patch of SQLite's Makefile
fi

fetch() {
  done_ fetch && return
  say "fetching sources from Debian"
  local apt="$work/apt"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/parts"
  # The machine's own sources, asked for source packages.
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -e "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/parts/$(basename "$file")"
  done
  if [ -e /etc/apt/sources.list ]; then sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$apt/parts/plain.list"; fi
  local options=(-qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/parts"
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=)
  sources() {
    # shellcheck disable=SC2086
    apt-get "${options[@]}" update && (cd "$work/sources" && rm -f ./* && apt-get "${options[@]}" source --download-only $packages)
  }
  if ! sources; then
    # A mirror may list a security update whose files it has not: then what the last point release had.
    say "not all of the newest sources are there; taking the last point release"
    for file in "$apt"/parts/*; do
      awk 'BEGIN { RS = ""; ORS = "\n\n" } !/security/' "$file" >"$file.new" && mv "$file.new" "$file"
    done
    sources
  fi
  finish fetch
}

# unpack NAME: the maker's source with Debian's patches, in build/NAME. Of CPython's the first ones are left out:
# they move its library to Debian's places. What comes from FIRST_FIX on mends it.
FIRST_FIX=ntpath-import.diff
unpack() {
  local name=$1 folder="$work/build/$1" orig debian
  orig=$(ls "$work"/sources/"$name"_*.orig.tar.* | grep -v '\.asc$')
  debian=$(ls "$work"/sources/"$name"_*.debian.tar.*)
  rm -rf "$folder" && mkdir -p "$folder"
  tar -xf "$orig" -C "$folder" --strip-components=1
  tar -xf "$debian" -C "$folder"
  local series="$folder/debian/patches/series" patch fixes=1
  [ -e "$series" ] || return 0
  if [ "$name" = python3.11 ]; then
    fixes=
    grep -q "^$FIRST_FIX" "$series" || { echo "Debian's series for CPython has changed: look at it" >&2; exit 1; }
  fi
  while read -r patch _; do
    case $patch in '' | '#'*) continue ;; esac
    [ "$patch" != "$FIRST_FIX" ] || fixes=1
    [ -n "$fixes" ] || continue
    patch -d "$folder" -p1 --quiet --no-backup-if-mismatch <"$folder/debian/patches/$patch"
  done <"$series"
}

library() { # library NAME COMMANDS: build one library into the sysroot unless that was done
  local name=$1
  shift
  done_ "$name" && return
  say "building $name"
  unpack "$name"
  (cd "$work/build/$name" && "$@") >"$work/build/$name.log" 2>&1 || { tail -n 30 "$work/build/$name.log"; exit 1; }
  finish "$name"
}

configured() { ./configure --prefix="$work/sysroot" --disable-shared --enable-static $host_flags "$@" && make -j"$jobs" && make install; }
zlib_() { CHOST=$target ./configure --static --prefix="$work/sysroot" && make -j"$jobs" libz.a && make install; }
bzip2_() { make -j"$jobs" libbz2.a CC="$CC" AR="$AR" RANLIB="$RANLIB" CFLAGS="$CFLAGS -D_FILE_OFFSET_BITS=64" && install -D -m644 -t "$work/sysroot/lib" libbz2.a && install -D -m644 -t "$work/sysroot/include" bzlib.h; }
openssl_() { ./Configure "linux-$arch" no-shared no-tests no-legacy no-engine no-dso --prefix="$work/sysroot" --libdir=lib --openssldir=/etc/ssl && make -j"$jobs" build_libs && make install_dev; }
sqlite_() { configured --disable-tcl --disable-readline --disable-editline CFLAGS="$CFLAGS -DSQLITE_ENABLE_COLUMN_METADATA"; }

python_() {
  local build=()
  # A fix of Debian's uses an internal header there, which is open only to modules that say they are CPython's own.
  grep -q Py_BUILD_CORE_MODULE Modules/pyexpat.c || sed -i '1i #define Py_BUILD_CORE_MODULE 1' Modules/pyexpat.c
  # What its configure would find out by running something, as it is on every Linux with such a C library; left to
  # itself it takes the worst for granted: no tzset, no IPv6, a weaker hash.
  [ -z "$host_flags" ] || build=(--build="$(uname -m)-linux-gnu" --with-build-python="${PYTHON:?set PYTHON to a Python 3.11}"
    READELF="$(command -v readelf)"
    --enable-ipv6 ac_cv_file__dev_ptmx=yes ac_cv_file__dev_ptc=no ac_cv_buggy_getaddrinfo=no ac_cv_aligned_required=no
    ac_cv_working_tzset=yes ac_cv_broken_sem_getvalue=no ac_cv_posix_semaphores_enabled=yes ac_cv_computed_gotos=yes
    ac_cv_pthread_is_default=yes ac_cv_kthread=no ac_cv_pthread=no ac_cv_pthread_system_supported=yes ac_cv_have_size_t_format=yes)
  ./configure --prefix=/python $host_flags "${build[@]}" --without-ensurepip --with-openssl="$work/sysroot" \
    --disable-test-modules --with-computed-gotos --without-static-libpython OPT="-DNDEBUG -fwrapv -O3" \
    CPPFLAGS="-I$work/sysroot/include" LDFLAGS="$LDFLAGS" LIBS="-lpthread -ldl" \
    ac_cv_func_close_range=no ac_cv_func_getrandom=yes &&
    make -j"$jobs" && rm -rf "$work/stage" && make install DESTDIR="$work/stage"
}

fetch
library zlib zlib_
library bzip2 bzip2_
library xz-utils configured --disable-xz --disable-xzdec --disable-lzmadec --disable-lzmainfo --disable-scripts --disable-doc --disable-nls
library libffi configured --disable-docs --disable-multi-os-directory
library sqlite3 sqlite_
library openssl openssl_
library python3.11 python_

say "finishing $out"
rm -rf "$out" && mkdir -p "$out" && cp -a "$work/stage/python/." "$out/"
rm -rf "$out"/share "$out"/lib/pkgconfig "$out"/lib/python3.11/{idlelib,tkinter,turtledemo,lib2to3,ensurepip,config-3.11-*} "$out"/bin/{idle*,2to3*,pydoc*,python*-config}
# There is no libcrypt to link to, and nothing here asks for it.
rm -f "$out"/lib/python3.11/lib-dynload/{_crypt,xxlimited}*
find "$out" -name '__pycache__' -prune -exec rm -rf {} +
say "done: $("$out/bin/python3.11" --version 2>/dev/null || echo "a CPython for $arch")"
