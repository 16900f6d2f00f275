/* Sending without a ring: one send(2) a frame, or one sendmmsg(2) a batch. */
#include "reference.h"

/* Send `data` `count` times by send(2). Returns 0, or an errno. */
int send_calls(int fd, const void *data, uint32_t length, uint64_t count, struct done *done)
{
	while (done->frames < count) {
		ssize_t taken = send(fd, data, length, 0);

		done->calls++;
		if (taken != (ssize_t)length)
			return taken < 0 ? errno : EIO;
		done->frames++;
		done->bytes += length;
	}
	return 0;
}

/* Send `data` `count` times by sendmmsg(2), `batch` messages a call. Returns 0, or an errno. */
int send_messages(int fd, const void *data, uint32_t length, uint64_t count, uint32_t batch, struct done *done)
{
	struct iovec piece = {.iov_base = (void *)data, .iov_len = length};
	struct mmsghdr messages[MOST_MESSAGES];

	if (batch > MOST_MESSAGES)
		return EINVAL;
	memset(messages, 0, sizeof(messages));
	for (uint32_t index = 0; index < batch; index++) {
		messages[index].msg_hdr.msg_iov = &piece;
		messages[index].msg_hdr.msg_iovlen = 1;
	}
	while (done->frames < count) {
		uint64_t left = count - done->frames;
		int taken = sendmmsg(fd, messages, left < batch ? left : batch, 0);

		done->calls++;
		if (taken < 0)
			return errno;
		done->frames += taken;
		done->bytes += (uint64_t)taken * length;
	}
	return 0;
}
