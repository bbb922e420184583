#!/usr/bin/env bash
# Packets that the kernel drops: at a closed UDP port, at a closed TCP port, by nftables.
# Runs in the virtual machine after scenario.sh, whose two namespaces it uses; checked by
# functions.test.ts.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
# shellcheck source=scenario-lib.sh
. test/vm/scenario-lib.sh

CLOSED=7777
FILTERED=7778

ip netns exec right nft -f - <<-RULES
	table ip drops {
		chain in {
			type filter hook input priority 0;
			udp dport $FILTERED drop
		}
	}
RULES
start drops "${ipftrace[@]}" -o jsonl -iv 4 -s4 10.0.1.10 -d4 10.0.1.11 --one-way drops
await drops "$out/drops.err" 'Trace ready!'
for port in $CLOSED $FILTERED; do
	echo hello | ip netns exec left timeout 5 socat -u - "UDP4-SENDTO:10.0.1.11:$port"
done
# Refused, and says so.
echo hello | ip netns exec left timeout 5 socat -u - "TCP4:10.0.1.11:$CLOSED" 2>/dev/null || true
sleep 3
finish drops
