/* Receiving through a ring of V1 or V2: slot after slot as the kernel hands them over, poll(2) when none is there. */
#include "reference.h"

/* Receive until `count` frames came or nothing did for `quiet` ms. An emptied ring rests before it is waited for. */
#define RECEIVE(name, header)                                                                                  \
	void name(struct ring *ring, uint64_t count, int quiet, struct done *done)                             \
	{                                                                                                      \
		int rested = 0;                                                                                \
                                                                                                               \
		while (done->frames < count) {                                                                 \
			header *head = (header *)(ring->memory + (size_t)ring->cursor * ring->size);           \
                                                                                                               \
			if (!(__atomic_load_n(&head->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) {         \
				if (ring->rest && !rested)                                                     \
					rest(ring, done);                                                      \
				else if (!wait_readable(ring->fd, quiet, done))                                \
					return;                                                                \
				rested = !rested;                                                              \
				continue;                                                                      \
			}                                                                                      \
			rested = 0;                                                                            \
			done->frames++;                                                                        \
			done->bytes += head->tp_snaplen;                                                       \
			__atomic_store_n(&head->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);                \
			ring->cursor = ring->cursor + 1 == ring->count ? 0 : ring->cursor + 1;                 \
		}                                                                                              \
		note(done);                                                                                    \
	}

RECEIVE(receive_v1, struct tpacket_hdr)
RECEIVE(receive_v2, struct tpacket2_hdr)
