#!/bin/sh
# kioskd @VERSION@ for @ARCH@ PCs. Run it as root:   sh kioskd-@VERSION@-@ARCH@.run --roles hub,kiosk
#   --check        只检查本机，什么都不改 · only look at this PC
#   --extract DIR  只解开到目录 · only unpack
# Everything else goes to `kioskd install`; --help lists it. Needs no network.
set -eu
bytes=@BYTES@
sum=@SHA256@
arch=@ARCH@
version=@VERSION@
floor=@FLOOR@

stop() { printf '%s\n' "$@" >&2; exit 1; }

[ "$(uname -m)" = "$arch" ] || stop "这是 $arch 的安装文件，本机是 $(uname -m)，请换一个 · this file is for $arch"
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/.* //') || libc=
case $libc in
'') stop "本机不是 glibc 系统，不能安装 · this system has no glibc" ;;
esac
oldest=$(printf '%s\n%s\n' "$floor" "$libc" | sort -V | head -n 1)
[ "$oldest" = "$floor" ] || stop "系统太旧：glibc $libc，至少要 $floor · this system is too old"

# The payload is checked before anything of it is run: a stick may be bad.
script=$(readlink -f "$0")
plain=$(printf '%s' "$bytes" | sed 's/^0*//')
found=$(tail -c +$((plain + 1)) "$script" | sha256sum | cut -d' ' -f1)
[ "$found" = "$sum" ] || stop "安装文件已损坏，请重新拷贝，什么都没有改动 · the file is damaged; nothing was changed"

if [ "${1:-}" = --extract ]; then
  mkdir -p "$2"
  tail -c +$((plain + 1)) "$script" | tar -xzf - -C "$2"
  printf '%s\n' "$2/kioskd-$version"
  exit 0
fi

look=
for word in "$@"; do case $word in --check | --help | -h | --root) look=1 ;; esac; done
[ -n "$look" ] || [ "$(id -u)" = 0 ] || stop "请用 root 运行：sudo sh $0 · run it as root"

# Beside its final place, so that it fits where it will lie; a temp folder may be small or forbid programs.
place=/opt
[ -w "$place" ] || place=${TMPDIR:-/tmp}
folder=$(mktemp -d "$place/.kioskd-XXXXXX")
trap 'rm -rf "$folder"' EXIT INT TERM
printf '正在解开 · unpacking …\n'
tail -c +$((plain + 1)) "$script" | tar -xzf - -C "$folder"
"$folder/kioskd-$version/bin/kioskd" install --release "$folder/kioskd-$version" --file "$script" "$@"
exit
