# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# A box for the tests of the unit: a real systemd as the first process of namespaces of its own.
# Its root is a tmpfs with this machine's /usr under an overlay, into which the build is installed,
# and an /etc of a few lines: what this machine runs or has configured is not there, nothing in the
# box can write to it, and all is gone with the box.  Only the network is the machine's.  Sourced
# after lib.sh.

BOX=$T/box
BOX_INSTALL=$T/install
BOX_SYSTEMD=/usr/lib/systemd/systemd
box_cgroup=
box_outer=
box_pid=
export BOX BOX_INSTALL BOX_SYSTEMD

skip() {
	echo "skipped: $*"
	exit 77
}

# box_probe: the mounts that the box needs, tried in namespaces like its own.
box_probe() {
	set -e
	mount --make-rprivate /
	mount -t tmpfs box "$BOX"
	cd "$BOX"
	mkdir upper work usr proc sys cgroup
	mount -t overlay -o "lowerdir=/usr,upperdir=$BOX/upper,workdir=$BOX/work" box usr
	mount -t proc box proc
	mount -t sysfs -o ro box sys
	mount -t cgroup2 box cgroup
}
export -f box_probe

# box_become: the first process of the box turns itself into systemd.
box_become() {
	set -e
	mount --make-rprivate /
	mount -t tmpfs -o mode=755 box "$BOX"
	cd "$BOX"
	cp -a "$BOX_INSTALL/." .
	mkdir -p usr
	mv usr .upper
	mkdir -p .work .old usr etc/systemd/system etc/sysusers.d dev proc sys run root tmp \
	    var/log var/tmp
	chmod 1777 tmp var/tmp
	ln -s ../run var/run
	mount -t overlay -o "lowerdir=/usr,upperdir=$BOX/.upper,workdir=$BOX/.work" box usr
	cp -P /bin /sbin /lib* .

	cp /etc/ld.so.cache etc
	[ ! -e /etc/manpath.config ] || cp /etc/manpath.config etc
	echo 'root:x:0:0::/root:/bin/sh' >etc/passwd
	echo 'root:x:0:' >etc/group
	echo '127.0.0.1 localhost' >etc/hosts
	printf '%s\n' 'u member -' 'm member migarch' 'u stranger -' >etc/sysusers.d/people.conf
	printf '%s\n' '[Journal]' Storage=volatile ReadKMsg=no RateLimitBurst=0 \
	    >etc/systemd/journald.conf
	tr -d - </proc/sys/kernel/random/uuid >etc/machine-id
	# Of what a machine starts, only the journal is wanted.
	local unit
	for unit in usr/lib/systemd/system/*.wants/*; do
		case ${unit##*/} in
		systemd-journald.service|systemd-journald.socket|systemd-journald-dev-log.socket) ;;
		*) ln -sf /dev/null "etc/systemd/system/${unit##*/}" ;;
		esac
	done

	cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty dev
	mkdir dev/pts dev/shm
	mount -t devpts -o newinstance,ptmxmode=0666 box dev/pts
	ln -s pts/ptmx dev/ptmx
	ln -s /proc/self/fd dev/fd
	mount -t proc box proc
	mount --bind proc/sys proc/sys
	mount -o remount,ro,bind proc/sys
	mount -t sysfs -o ro box sys
	mount -t cgroup2 box sys/fs/cgroup
	pivot_root . .old
	umount -l /.old
	# Credentials are mounted by a helper and have to arrive here.
	mount --make-rshared /
	cd /
	exec env -i container=migarch PATH=/usr/sbin:/usr/bin LANG=C.UTF-8 "$BOX_SYSTEMD" --system \
	    --unit=basic.target --show-status=no --log-target=journal
}
export -f box_become

# box_unshare FUNCTION: run it as first process of new namespaces, in the box's control group.
# The calling (sub)shell becomes unshare(1), with which the namespaces end.
box_unshare() {
	echo "$BASHPID" >"$box_cgroup/cgroup.procs" &&
	exec setsid unshare --mount --uts --ipc --pid --cgroup --fork --kill-child \
	    bash -c "$1" </dev/null
}

# box_require: skip the test where there can be no box.
box_require() {
	local tool tree
	[ "$(id -u)" = 0 ] || skip "a systemd of one's own needs root"
	for tool in "$BOX_SYSTEMD" unshare nsenter setsid setpriv pivot_root; do
		command -v "$tool" >/dev/null || skip "there is no $tool"
	done
	grep -q '^#define HAVE_SYSTEMD 1' "$BUILD/config.h" || skip "built without systemd"
	! grep -q __asan_init "$MIGARCHD" || skip "the sanitizers need more than the unit allows"
	[ -L /bin ] || skip "/bin is not in /usr"
	tree=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$tree" ] || skip "there is no cgroup2"
	mkdir -p "$BOX"
	box_cgroup=$tree/migarch-test-$$
	mkdir "$box_cgroup" 2>/dev/null || { box_cgroup= && skip "control groups cannot be made"; }
	(box_unshare box_probe) 2>"$T/probe" ||
		skip "namespaces cannot be made or mounted: $(tail -n 1 "$T/probe")"
}

# box COMMAND...: run it in the box, as root.
box() {
	timeout 30 nsenter -t "$box_pid" -m -u -i -n -p -- env -i LANG=C.UTF-8 SYSTEMD_PAGER= \
	    SYSTEMD_COLORS=0 PATH=/usr/local/bin:/usr/sbin:/usr/bin "$@"
}

# box_as USER COMMAND...: run it in the box, as that user with the groups it has there.
box_as() {
	local user=$1
	shift
	box setpriv --reuid "$user" --regid "$(box id -g "$user")" --init-groups -- "$@"
}

box_is_up() {
	box_pid=$(pgrep -P "$box_outer") && box systemctl is-active --quiet basic.target
}

# box_boot: install the build and start the box.
box_boot() {
	env -u MAKEFLAGS -u MAKELEVEL make -s -C "$BUILD" install DESTDIR="$BOX_INSTALL" \
	    >"$T/install.log" 2>&1 || fail "make install"
	box_unshare box_become >"$T/box.log" 2>&1 &
	box_outer=$!
	pids="$pids $box_outer"
	wait_until 20 box_is_up || fail "systemd does not start"
}

# The control group outlives its processes and lib.sh knows nothing of it.
box_leave() {
	local status=$?
	if [ $status -ne 0 ] && [ $status -ne 77 ] && [ -n "$box_pid" ]; then
		box journalctl --no-pager --output=short-monotonic >"$T/systemd.log" 2>/dev/null
	fi
	[ -z "$box_outer" ] || { kill -9 "$box_outer" && wait "$box_outer"; } 2>/dev/null
	[ -z "$box_cgroup" ] ||
		wait_until 5 find "$box_cgroup" -depth -type d -exec rmdir {} +
	(exit $status)
	cleanup
}
trap box_leave EXIT
