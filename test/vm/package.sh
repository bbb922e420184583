#!/usr/bin/env bash
# Runs in the virtual machine: installs the .deb, lets systemd start the server as its unit says, traces
# through it, purges it; then the tarball. What was seen is left in /out, for package.test.ts.
#
#   package.sh FOLDER   the folder with the .deb, and the tarball unpacked
set -euo pipefail

main() {
	# Nothing that a package lacks is to be found in the checkout, nor Node.js anywhere else.
	mkdir /run/elsewhere
	cp -r "$1"/*.deb "$1"/unpacked/ipftrace-* /run/elsewhere/
	checkout=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
	node=$(readlink -f "$(command -v node)")
	cd /run/elsewhere
	mount -t tmpfs -o size=64k hidden "$checkout"
	mount --bind /dev/null "$node"
	deb
	tarball
}

say() { printf '%s %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*"; }

# NAME COMMAND…: leaves what it says, and its status.
keep() {
	local name=$1 status=0
	shift
	"$@" >"/out/$name.out" 2>"/out/$name.err" || status=$?
	echo "$status" >"/out/$name.status"
}

# FILE TEXT
await() {
	local i
	for ((i = 0; i < 600; i++)); do
		grep -q "$2" "$1" 2>/dev/null && return 0
		sleep 0.2
	done
	say "$1 does not say \"$2\""
	exit 1
}

# NAME COMMAND…: traces a ping of this machine to itself.
ping_through() {
	local name=$1 pid
	shift
	"$@" -iv 4 -l4 ICMP -c 2 generic >"/out/$name.out" 2>"/out/$name.err" &
	pid=$!
	await "/out/$name.out" 'Trace ready!'
	ping -q -c 2 -i 0.3 127.0.0.1 >/dev/null
	wait "$pid"
}

# systemd answers those who are in its namespace of processes.
systemctl() { nsenter -t "$systemd" --pid systemctl "$@"; }

# systemd has nothing to do but this service: no journal, nothing else of this system. The unit's times are
# for machines that are not emulated.
start_systemd() {
	mkdir -p /run/systemd/system/ipftraced.service.d /run/systemd/system-generators
	local generator
	for generator in /usr/lib/systemd/system-generators/*; do
		ln -s /dev/null "/run/systemd/system-generators/${generator##*/}"
	done
	cat >/run/systemd/system/lab.target <<-UNIT
		[Unit]
		DefaultDependencies=no
	UNIT
	cat >/run/systemd/system/ipftraced.service.d/lab.conf <<-UNIT
		[Unit]
		DefaultDependencies=no
		[Service]
		StandardOutput=append:/out/server.out
		StandardError=append:/out/server.err
		TimeoutStartSec=infinity
		WatchdogSec=600
	UNIT
	env container=lab unshare --fork --pid --mount --mount-proc \
		/lib/systemd/systemd --system --unit=lab.target --log-target=console --log-level=info --log-color=no >/out/systemd.log 2>&1 &
	local unshare=$! i
	for ((i = 0; i < 150; i++)); do
		systemd=$(pgrep -P "$unshare") && systemctl list-units >/dev/null 2>&1 && return
		sleep 0.2
	done
	say "systemd does not answer"
	tail -n 30 /out/systemd.log
	exit 1
}

deb() {
	say installing
	dpkg --force-unsafe-io --no-triggers -i ./ipftrace_*.deb
	dpkg -L ipftrace >/out/installed
	dpkg --verify ipftrace >/out/verify
	say installed
	start_systemd
	say "systemd is there"
	systemctl start ipftraced.service
	await /out/server.err '"msg":"serving"'
	say "the server is there"
	cat "/proc/$(pgrep -u ipftrace)/status" >/out/status
	stat -c '%n %A %U %G' /run/ipftrace/*.sock >/out/sockets
	# A user who is in the group, and one who is not.
	local user=(setpriv --reuid 65534 --clear-groups)
	ping_through deb "${user[@]}" --regid ipftrace ipftrace --server unix:/run/ipftrace/ipftraced.sock
	say "traced through it"
	keep doctor "${user[@]}" --regid ipftrace ipftrace doctor --server unix:/run/ipftrace/ipftraced.sock
	keep stranger "${user[@]}" --regid 65534 ipftrace list --server unix:/run/ipftrace/ipftraced.sock generic
	# The package's own script stops the server.
	nsenter -t "$systemd" --pid dpkg --force-unsafe-io --no-triggers --purge ipftrace
	left >/out/left
	kill -KILL "$systemd"
	say purged
}

# What is there of a package that is not.
left() {
	local path
	while read -r path; do
		case $path in *ipftrace*) [ ! -e "$path" ] || echo "$path" ;; esac
	done </out/installed
	getent passwd ipftrace || getent group ipftrace || true
	find /etc /run /var/lib/dpkg/info /var/lib/systemd -xdev -name '*ipftrace*' -not -path '/run/elsewhere/*' \
		-not -path '/run/systemd/system/*'
	bpftool prog show | grep -v cgroup_ || true
}

tarball() {
	ping_through tarball env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin ./ipftrace-*/bin/ipftrace
	say "traced by the tarball"
}

main "$@"
