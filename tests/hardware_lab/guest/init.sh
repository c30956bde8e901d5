#!/bin/busybox sh
# First program of the virtual PC: its / is the host's, read-only, under a layer that vanishes with the PC.
B=/bin/busybox
$B mount -t proc proc /proc
$B mount -t sysfs sys /sys
$B mount -t devtmpfs dev /dev
for word in $($B cat /proc/cmdline); do
  case $word in lab.*=*) name=${word#lab.}; eval "lab_${name%%=*}=\"\${word#*=}\"" ;; esac
done
for module in $($B cat /mods/order); do $B insmod "/mods/$module"; done
$B mount -t virtiofs -o ro host /host || exec $B poweroff -f
$B mount -t tmpfs -o size=70% rw /rw
$B mkdir /rw/upper /rw/work
$B mount -t overlay -o lowerdir=/host,upperdir=/rw/upper,workdir=/rw/work root /newroot || exec $B poweroff -f
for folder in proc sys dev; do $B mkdir -p "/newroot/$folder"; $B mount --move "/$folder" "/newroot/$folder"; done
$B mkdir -p /newroot/run /newroot/lib/modules
$B mount -t tmpfs -o mode=0755 run /newroot/run
$B mount --bind "/newroot$lab_modules" /newroot/lib/modules
$B cp "/newroot$lab_session" /newroot/run/lab-session
# For sessions with systemd: its units, no disks of the host to wait for, no container that it takes itself for.
$B mkdir -p /newroot/run/systemd/system
$B cp "/newroot$lab_folder"/units/* /newroot/run/systemd/system/
: >/newroot/etc/fstab
$B rm -f /newroot/.dockerenv
if [ -n "$lab_init" ]; then exec $B switch_root /newroot "$lab_init"; fi
exec $B switch_root /newroot /bin/sh "$lab_folder/start.sh"
