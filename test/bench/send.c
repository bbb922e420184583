/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send COUNT ADDRESS: sends datagrams to the port for what is thrown away, one by one, and prints the CPU
 * time that each has cost this process, in ns: on a cable between namespaces that is the way of
 * the packet to its end.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define DISCARD_PORT 9	/* RFC 863 */

static double cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int count, char **words)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(DISCARD_PORT) };
	int sender = socket(AF_INET, SOCK_DGRAM, 0);
	long packets;
	double before;

	if (count != 3 || !inet_aton(words[2], &to.sin_addr))
		return 2;
	packets = atol(words[1]);
	before = cpu_ns();
	for (long n = 0; n < packets; n++)
		sendto(sender, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	printf("%.1f\n", (cpu_ns() - before) / packets);
	return 0;
}
