/* What the loops of this folder share. Each is the loop of a C program that uses a packet socket: nothing is spared
 * and nothing is added, and each works on a socket and a ring that somebody else has set up.
 *
 * Sources: packet(7), Documentation/networking/packet_mmap.rst, linux/if_packet.h.
 */
#ifndef SOCKPROOF_REFERENCE_H
#define SOCKPROOF_REFERENCE_H

#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define MOST_MESSAGES 1024 /* of one sendmmsg(2) or recvmmsg(2) */

/* A mapped ring: V1 and V2, and every transmit ring, consist of slots of `size` bytes, V3 of blocks. */
struct ring {
	uint8_t *memory;
	uint32_t size, count;
	uint32_t cursor; /* the slot or block that comes next; the loops move it on */
	int32_t fd;
	uint32_t rest; /* microseconds for which an empty ring is left alone before poll(2) */
};

/* What a loop did so far. `ended`: CLOCK_MONOTONIC in ns when the last frame was taken, noted when nothing is left,
 * for a clock read for every frame would be measured too; `noted`: the frames by then.
 */
struct done {
	uint64_t frames, bytes, calls, ended, noted;
};

static inline void note(struct done *done)
{
	struct timespec time;

	if (done->noted == done->frames)
		return;
	clock_gettime(CLOCK_MONOTONIC, &time);
	done->ended = time.tv_sec * 1000000000ull + time.tv_nsec;
	done->noted = done->frames;
}

/* Wait until `fd` is readable: 1 if it is, 0 if nothing came within `quiet` ms or the socket has failed. */
static inline int wait_readable(int fd, int quiet, struct done *done)
{
	struct pollfd wanted = {.fd = fd, .events = POLLIN};
	int ready;

	note(done);
	do {
		done->calls++;
		ready = poll(&wanted, 1, quiet);
	} while (ready < 0 && errno == EINTR);
	return ready > 0 && wanted.revents & POLLIN;
}

/* Leave an empty ring alone for a moment. */
static inline void rest(const struct ring *ring, struct done *done)
{
	struct timespec time = {.tv_nsec = ring->rest * 1000};

	note(done);
	done->calls++;
	nanosleep(&time, NULL);
}

#endif
