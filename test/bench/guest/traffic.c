/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded traffic, and how fast it was.
 *
 *   traffic udp SECONDS ADDRESS PORT    datagrams of one byte for so long: prints packets per second
 *   traffic tcp MEBIBYTES ADDRESS PORT  so much on one connection, until it has arrived: prints Mbit/s
 *   traffic receive udp|tcp PORT        takes what comes, until it is ended
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char buffer[65536];

static double seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int send_datagrams(double limit, const struct sockaddr_in *to)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	double began = seconds(), now = began;
	long packets = 0;

	while (now - began < limit) {
		for (int n = 0; n < 32; n++, packets++)
			sendto(s, "x", 1, 0, (const struct sockaddr *)to, sizeof(*to));
		now = seconds();
	}
	printf("%.0f\n", packets / (now - began));
	return 0;
}

static int send_stream(long mebibytes, const struct sockaddr_in *to)
{
	int s = socket(AF_INET, SOCK_STREAM, 0);
	double began = seconds();

	if (connect(s, (const struct sockaddr *)to, sizeof(*to)))
		return fail("connect");
	for (long left = mebibytes << 20; left > 0; left -= sizeof(buffer))
		if (send(s, buffer, sizeof(buffer), 0) != sizeof(buffer))
			return fail("send");
	shutdown(s, SHUT_WR);
	/* The receiver closes when it has everything. */
	while (recv(s, buffer, sizeof(buffer), 0) > 0)
		;
	printf("%.1f\n", mebibytes * 1048576.0 * 8 / 1e6 / (seconds() - began));
	return 0;
}

static int receive(int type, struct sockaddr_in *at)
{
	int on = 1, s = socket(AF_INET, type, 0), connection;

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s, (struct sockaddr *)at, sizeof(*at)))
		return fail("bind");
	while (type == SOCK_DGRAM)
		recv(s, buffer, sizeof(buffer), 0);
	listen(s, 1);
	while ((connection = accept(s, NULL, NULL)) >= 0) {
		while (recv(connection, buffer, sizeof(buffer), 0) > 0)
			;
		close(connection);
	}
	return 1;
}

int main(int count, char **words)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (count == 4 && !strcmp(words[1], "receive")) {
		address.sin_port = htons(atoi(words[3]));
		return receive(strcmp(words[2], "tcp") ? SOCK_DGRAM : SOCK_STREAM, &address);
	}
	if (count != 5 || !inet_aton(words[3], &address.sin_addr))
		return 2;
	address.sin_port = htons(atoi(words[4]));
	if (!strcmp(words[1], "tcp"))
		return send_stream(atol(words[2]), &address);
	return send_datagrams(atof(words[2]), &address);
}
