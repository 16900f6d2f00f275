/* Receiving without a ring: one recv(2) a frame, or one recvmmsg(2) a batch; poll(2) when nothing is there. */
#include "reference.h"

/* Receive until `count` frames came or nothing did for `quiet` ms, by recv(2) into `size` bytes. Returns 0 or errno. */
int receive_calls(int fd, void *buffer, uint32_t size, uint64_t count, int quiet, struct done *done)
{
	while (done->frames < count) {
		ssize_t length = recv(fd, buffer, size, MSG_DONTWAIT);

		done->calls++;
		if (length < 0) {
			if (errno != EAGAIN)
				return errno;
			if (!wait_readable(fd, quiet, done))
				return 0;
			continue;
		}
		done->frames++;
		done->bytes += length;
	}
	note(done);
	return 0;
}

/* The same by recvmmsg(2), `batch` messages a call, message i into `buffer` + i * `size`. Returns 0 or an errno. */
int receive_messages(int fd, void *buffer, uint32_t size, uint64_t count, uint32_t batch, int quiet, struct done *done)
{
	struct iovec pieces[MOST_MESSAGES];
	struct mmsghdr messages[MOST_MESSAGES];

	if (batch > MOST_MESSAGES)
		return EINVAL;
	memset(messages, 0, sizeof(messages));
	for (uint32_t index = 0; index < batch; index++) {
		pieces[index].iov_base = (uint8_t *)buffer + (size_t)index * size;
		pieces[index].iov_len = size;
		messages[index].msg_hdr.msg_iov = &pieces[index];
		messages[index].msg_hdr.msg_iovlen = 1;
	}
	while (done->frames < count) {
		int taken = recvmmsg(fd, messages, batch, MSG_DONTWAIT, NULL);

		done->calls++;
		if (taken < 0) {
			if (errno != EAGAIN)
				return errno;
			if (!wait_readable(fd, quiet, done))
				return 0;
			continue;
		}
		done->frames += taken;
		for (int index = 0; index < taken; index++)
			done->bytes += messages[index].msg_len;
	}
	note(done);
	return 0;
}
