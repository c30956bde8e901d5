# PID 1 of a session without systemd: prepares the PC, runs the session's script, tells its exit code.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root LANG=C.UTF-8 TERM=dumb PYTHONDONTWRITEBYTECODE=1
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
stty -F /dev/hvc0 raw -echo
exec >/dev/hvc0 2>&1 </dev/null
busybox ip link set lo up
sh /run/lab-session
echo "session ended: $?"
exec busybox reboot -f
