/* Sending through a transmit ring: fill a batch of slots, one sendto(2) for all of them. */
#include "reference.h"

/* Send `data` `count` times. Returns 0, or an errno. Blocking: the slots are free again when the call returns. */
#define SEND(name, header)                                                                                     \
	int name(struct ring *ring, uint32_t offset, const void *data, uint32_t length, uint64_t count,        \
		 uint32_t batch, int flags, struct done *done)                                                 \
	{                                                                                                      \
		while (done->frames < count) {                                                                 \
			uint32_t filled = 0;                                                                   \
			ssize_t taken;                                                                         \
                                                                                                               \
			while (filled < batch && done->frames + filled < count) {                              \
				uint8_t *slot = ring->memory + (size_t)ring->cursor * ring->size;              \
				header *head = (header *)slot;                                                 \
                                                                                                               \
				memcpy(slot + offset, data, length);                                           \
				head->tp_len = length;                                                         \
				__atomic_store_n(&head->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);  \
				ring->cursor = ring->cursor + 1 == ring->count ? 0 : ring->cursor + 1;         \
				filled++;                                                                      \
			}                                                                                      \
			taken = sendto(ring->fd, NULL, 0, flags, NULL, 0);                                     \
			done->calls++;                                                                         \
			if (taken != (ssize_t)filled * length)                                                 \
				return taken < 0 ? errno : EIO;                                                \
			done->frames += filled;                                                                \
			done->bytes += taken;                                                                  \
		}                                                                                              \
		return 0;                                                                                      \
	}

SEND(send_v1, struct tpacket_hdr)
SEND(send_v2, struct tpacket2_hdr)
SEND(send_v3, struct tpacket3_hdr)
