// Copies for other workers to read.
#ifndef LVM_PUBLISH_H
#define LVM_PUBLISH_H

// Copies bytes, past the caches where whole cache lines allow it: a core that writes lines which another
// has read before waits for that core once a line. `to` starts on a cache line.
void lvm_publish(const void *from, void *to, long bytes);

#endif
