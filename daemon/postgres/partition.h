// SPDX-License-Identifier: Apache-2.0
// What an operator sees of the partitions and decides about them, while daemons run: every decision raises the epoch
// of the row, so that whoever holds the partition writes nothing any more, and claims it again. Blocking.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct Partitions Partitions;

// All texts belong to the answer.
typedef struct PartitionState {
        const char *topic;
        int32_t partition;
        const char *cluster_id;
        const char *group;
        int64_t next_offset;
        const char *state; // reading, paused, stopped, unclaimed
        const char *owner; // "" when nobody ever claimed it
        const char *last;  // time of the last message written, RFC 3339; "" when there is none
        const char *why;   // it is paused or stopped; "" otherwise
} PartitionState;

// NULL and `error`.
Partitions *partitions_open(const char *conninfo, const char *group, Error *error);
Partitions *partitions_close(Partitions *partitions);

// Reads the rows of the group, of one topic or of all (NULL), and of one partition or of all (-1); again each time.
// 0, or -1 and `error`.
int partitions_read(Partitions *partitions, const char *topic, int32_t partition, Error *error);
size_t partitions_count(const Partitions *partitions);
PartitionState partitions_state(const Partitions *partitions, size_t index);

// 0, or -1 and `error`; the row was there when partitions_read() said so. `who` and `why` are texts for people.
int partition_pause(Partitions *partitions, const PartitionState *state, const char *why, Error *error);
// Goes on where it stands. What made it stop is forgotten, the last record that was read with it; when that was
// STOP_ANOTHER_LOG, a row of ingest.gap says what of it is not read: `ret_unread` messages from its begin on, or 0.
int partition_resume(Partitions *partitions, const PartitionState *state, const char *who, int64_t *ret_unread,
                     Error *error);
// The next message to be read; a row of ingest.gap when that skips some. `ret_from`: where it stood. The partition
// stays paused when it is.
int partition_seek(Partitions *partitions, const PartitionState *state, int64_t to, const char *who, const char *why,
                   int64_t *ret_from, Error *error);
