"""PACKET_VNET_HDR: virtio headers of sent and received frames, checksums and segmentation."""
