#!/bin/sh
# Becomes PID 1 of a box: systemd on a throw-away overlay of this machine's files, with devices, /run and /tmp of its own.
# Started by machine.py inside fresh namespaces (mount, pid, cgroup, ipc, uts), never without: see the first check.
#   boot.sh FOLDER LOWER PYTHON_PREFIX PACKAGES SOURCE
# LOWER is / or the tree of another system, to try a newer systemd.
set -eu
FOLDER=$1 LOWER=$2 PREFIX=$3 PACKAGES=$4 SOURCE=$5
ROOT=$FOLDER/root
[ $$ -eq 1 ] || { echo "boot.sh runs only as the first process of namespaces of its own" >&2; exit 1; }

# Nothing that is mounted here may reach the machine outside.
mount --make-rprivate /
mount -t tmpfs -o size=1g,mode=755 box "$FOLDER"
mkdir "$FOLDER/root" "$FOLDER/upper" "$FOLDER/work"
mount -t overlay -o "lowerdir=$LOWER,upperdir=$FOLDER/upper,workdir=$FOLDER/work" box "$ROOT"
cd "$ROOT"

mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro sysfs sys
for folder in run tmp var/log var/tmp; do mount -t tmpfs -o mode=755 box "$folder"; done
chmod 1777 tmp var/tmp

# Device nodes of its own: systemd changes owner and mode of the console, and through a bind mount that would be the machine's.
mount -t tmpfs -o mode=755 box dev
mkdir dev/pts dev/shm dev/mqueue
while read -r name major minor; do mknod -m 666 "dev/$name" c "$major" "$minor"; done <<NODES
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
console 1 3
NODES
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx

# The hierarchies of control groups that this machine has, each from where this process stands in it. Newer ones want one.
if [ -d /sys/fs/cgroup/unified ] && [ "$LOWER" = / ]; then
  mount -t tmpfs -o mode=755 box sys/fs/cgroup
  while IFS=: read -r _ controllers _; do
    case $controllers in
      '') mkdir sys/fs/cgroup/unified; mount -t cgroup2 cgroup2 sys/fs/cgroup/unified ;;
      name=*) mkdir "sys/fs/cgroup/${controllers#name=}"; mount -t cgroup -o "none,$controllers" cgroup "sys/fs/cgroup/${controllers#name=}" ;;
      *) mkdir "sys/fs/cgroup/$controllers"; mount -t cgroup -o "$controllers" cgroup "sys/fs/cgroup/$controllers" ;;
    esac
  done </proc/self/cgroup
else
  mount -t cgroup2 cgroup2 sys/fs/cgroup
fi

# This Python and this calsync, where a unit that sees no home finds them too.
if [ "$PREFIX" != /usr ]; then
  mkdir -p opt/python
  mount --bind "$PREFIX" opt/python
  echo /opt/python/lib >etc/ld.so.conf.d/box.conf # a shared libpython looks for itself where it was built
  chroot . ldconfig 2>/dev/null || /sbin/ldconfig -r .
fi
mkdir -p opt/packages opt/source/calsync
mount --bind "$PACKAGES" opt/packages
mount --bind "$SOURCE" opt/source/calsync

# Only what a service needs is started: no logins, no network, no clock, nothing of this machine's own services.
rm -rf etc/systemd/system/*.wants etc/systemd/system/*.requires etc/systemd/system/default.target
: >etc/fstab
tr -d - <proc/sys/kernel/random/uuid >etc/machine-id
for unit in \
  dev-hugepages.mount dev-mqueue.mount proc-sys-fs-binfmt_misc.automount sys-fs-fuse-connections.mount \
  sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount systemd-binfmt.service \
  systemd-firstboot.service systemd-hwdb-update.service systemd-journald-audit.socket systemd-logind.service \
  systemd-modules-load.service systemd-random-seed.service systemd-sysctl.service systemd-timesyncd.service \
  systemd-udev-trigger.service systemd-udevd.service systemd-update-utmp.service; do
  ln -sf /dev/null "etc/systemd/system/$unit"
done
cat >etc/systemd/system/box.target <<UNIT
[Unit]
Requires=sysinit.target dbus.socket systemd-journald.service timers.target
After=sysinit.target dbus.socket
UNIT
mkdir -p etc/systemd/journald.conf.d etc/systemd/system/user@.service.d old
# Else told by logind, which is not here.
printf '[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/%%i\n' >etc/systemd/system/user@.service.d/box.conf
printf '[Journal]\nReadKMsg=no\nStorage=volatile\nRateLimitBurst=0\n' >etc/systemd/journald.conf.d/box.conf

grep -qs localhost etc/hosts || echo '127.0.0.1 localhost' >>etc/hosts

# One user to own files, and a place for secrets.
echo 'deniz:x:1500:1500:Deniz Kaya:/home/deniz:/bin/sh' >>etc/passwd
echo 'deniz:x:1500:' >>etc/group
echo 'deniz:!:19000::::::' >>etc/shadow
mkdir -p home/deniz etc/credstore etc/calsync
chown 1500:1500 home/deniz
chmod 700 home/deniz etc/credstore

hostname box
pivot_root . old
umount -l /old
# systemd leaves this to whoever made the container, and credentials are mounted by a helper.
mount --make-rshared /
exec env -i container=box PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  /lib/systemd/systemd --system --unit=box.target --log-target=journal --show-status=no
