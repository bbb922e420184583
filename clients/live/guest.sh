#!/usr/bin/env bash
# Runs in a virtual machine, where functions can be probed: the command line and the examples of each language
# trace the same packets. What they print is left in /out, for machine.test.ts.
#
#   guest.sh FOLDER   the programs: FOLDER/LANGUAGE/icmp and FOLDER/LANGUAGE/gso
set -euo pipefail
clients=$1
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
# shellcheck source=../../test/vm/scenario-lib.sh
. test/vm/scenario-lib.sh
server=unix:/run/ipftraced.sock
# Emulated, a program runs before the better of the two compilers is done with it.
export JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1

# WHO ICMP GSO: the command lines of both examples.
both_start() {
	local -n icmp_words=$2 gso_words=$3
	start "icmp.$1" "${icmp_words[@]}"
	start "gso.$1" "${gso_words[@]}"
	ready "icmp.$1"
	ready "gso.$1"
	echo "$SECONDS s: $1 traces"
}

make_lab
start server "${ipftrace[@]}" serve --listen "$server"
await server "$out/server.err" '"msg":"serving"'
# shellcheck disable=SC2034 # by their names
own_icmp=("${ipftrace[@]}" --server "$server" -iv 4 -l4 ICMP -s4 10.0.1.10 generic)
# shellcheck disable=SC2034
own_gso=("${ipftrace[@]}" --server "$server" -iv 4 -l4 TCP -d4 10.0.1.11 -m gso generic)
both_start ipftrace own_icmp own_gso
readers=(ipftrace)
# As languagesWith() of examples.ts: there are other folders beside those of languages.
for program in "$clients"/*/icmp; do
	folder=$(dirname "$program")
	language=$(basename "$folder")
	# shellcheck disable=SC2034
	icmp=("$program" "$server") gso=("$folder/gso" "$server")
	both_start "$language" icmp gso
	readers+=("$language")
done

ip netns exec left ping -q -c 2 -i 0.3 -W 10 10.0.1.11
# More than two segments of a usual MTU, so that GSO cuts it.
head -c 4000 /dev/zero | connection left right 10.0.1.11 31337
sleep 3
for reader in "${readers[@]}"; do
	# Not SIGINT: what a shell starts in the background ignores it, and Java leaves it at that.
	finish "icmp.$reader" TERM
	finish "gso.$reader" TERM
	echo "$SECONDS s: $reader has ended"
done
