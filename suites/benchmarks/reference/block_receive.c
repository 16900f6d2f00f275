/* Receiving through a ring of V3: block after block, frame after frame within it, poll(2) when none is there. */
#include "reference.h"

/* Receive until `count` frames came or nothing did for `quiet` ms.
 *
 * A block that only its time-out closed does not count for the time of the last frame: the wait is not the loop's.
 */
void receive_v3(struct ring *ring, uint64_t count, int quiet, struct done *done)
{
	while (done->frames < count) {
		uint8_t *block = ring->memory + (size_t)ring->cursor * ring->size;
		struct tpacket_hdr_v1 *head = &((struct tpacket_block_desc *)block)->hdr.bh1;
		uint32_t status = __atomic_load_n(&head->block_status, __ATOMIC_ACQUIRE);
		struct tpacket3_hdr *frame;

		if (!(status & TP_STATUS_USER)) {
			if (!wait_readable(ring->fd, quiet, done))
				return;
			continue;
		}
		frame = (struct tpacket3_hdr *)(block + head->offset_to_first_pkt);
		for (uint32_t left = head->num_pkts; left; left--) {
			done->bytes += frame->tp_snaplen;
			frame = (struct tpacket3_hdr *)((uint8_t *)frame + frame->tp_next_offset);
		}
		done->frames += head->num_pkts;
		if (status & TP_STATUS_BLK_TMO)
			done->noted += head->num_pkts;
		__atomic_store_n(&head->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		ring->cursor = ring->cursor + 1 == ring->count ? 0 : ring->cursor + 1;
	}
	note(done);
}
