// SPDX-License-Identifier: Apache-2.0
// The inside of the pipeline: shared by pipeline.c (assignment), lane.c (batches) and claiming.c (offsets).
#pragma once
#include "app/command.h"
#include "app/pipeline.h"
#include "event/judge.h"
#include "kafka/consumer.h"
#include "postgres/writer.h"

typedef struct Lane Lane;

// A partition that is assigned to us.
typedef struct Part {
        const char *topic; // interned: batches outlive an assignment
        int32_t partition;
        Lane *lane;
        bool claimed;          // its row in ingest.kafka_offset is ours, as far as we know
        bool fenced;           // somebody else claimed it: what is read is thrown away until it is claimed again
        bool stopped;          // it needs a person, or is paused; nothing is read
        bool paused;           // … by a person
        bool unchecked;        // `last` was not found again yet: nothing is taken before
        bool noted;            // stopped: why was handed to the writer
        const char *why;       // stopped: a literal, for ingest.kafka_offset
        int64_t epoch;         // of our claim
        int64_t sealed;        // next_offset once all batches handed to the writer are in
        int64_t position;      // the next offset to be read from Kafka
        Mark last;             // of the log that was read so far, as the claim said
        int64_t end;           // last end of what can be read that Kafka told, -1: none
        int64_t held_at;       // where Kafka holds something back, -1: it does not
        int64_t held_since_ms; // monotonic
        bool held_told;        // for too long; it was told
} Part;

struct Lane {
        Pipeline *pipeline;
        uint32_t index;
        Writer *writer;
        Batch batches[2];
        Batch *filling;
        Batch *flight; // with the writer, or kept while the connection is away; NULL: none
        LoopTimer *age;
        LoopTimer *turn; // set while messages are left that librdkafka has told of
        Claim *claims;   // being asked
        Part **claim_parts;
        size_t claim_count;
        uint64_t claim_assignment; // the assignment that the claims belong to
        Start *starts;
        int64_t look_after_ms; // monotonic
        bool connected;
        bool refused; // PostgreSQL refused for now; nothing was written since
        bool claiming;
};

typedef enum PipelineState {
        PIPELINE_IDLE,      // no partitions
        PIPELINE_CLAIMING,  // partitions assigned, not all claimed yet
        PIPELINE_READING,   // messages flow
        PIPELINE_RELEASING, // Kafka wants the partitions back; batches in flight are ending
        PIPELINE_STOPPING,  // the process is ending
        PIPELINE_DONE,
} PipelineState;

struct Pipeline {
        Loop *loop;
        PipelineOptions options;
        Consumer *consumer;
        Judge *judge;
        Arena scratch; // of one message
        Lane *lanes;
        uint32_t lane_count;
        Part *parts;
        size_t part_count;
        uint64_t assignment; // counts them: answers to claims of an earlier one are void
        PipelineState state;
        int exit_code;
        bool expelled;
        LoopTimer *deadline;  // of releasing and stopping
        LoopTimer *tick;      // once a second
        int64_t ask_after_ms; // monotonic: before, no first start asks Kafka
        bool restart;         // some partition has to be read from another offset
        char *cluster_id;
        char **topics; // every name ever seen, never freed while the process lives
        size_t topic_count;
};

// pipeline.c
void pipeline_fail(Pipeline *pipeline, int exit_code, const Error *error);
void pipeline_settle(Pipeline *pipeline); // goes on to the next state when nothing stands in the way any more
Part *pipeline_part(Pipeline *pipeline, Span topic, int32_t partition);

// lane.c
void lane_init(Lane *lane, Pipeline *pipeline, uint32_t index);
void lane_deinit(Lane *lane);
void lane_fill(Lane *lane);  // reads while there is room
void lane_flush(Lane *lane); // hands the batch over when it is full or old enough and the writer is free
void lane_advance_ends(Lane *lane);
void lane_forget(Lane *lane); // what has not been handed to the writer
void lane_written(Lane *lane, Batch *batch, const WriterCounts *counts);
bool lane_reads(const Lane *lane);
bool lane_is_full(const Lane *lane); // it takes nothing for now

// recheck.c: a message that is read first is the last one that was written, or the log is another one.
void recheck_message(Lane *lane, Part *part, const Message *message);
void recheck_end(Lane *lane, Part *part, int64_t end);
// The end of a partition that is being read.
void recheck_position(Lane *lane, Part *part, int64_t end);
void recheck_out_of_range(Lane *lane, Part *part);
void part_stop(Part *part, const char *why); // a literal

// withheld.c: once a second, while messages flow.
void withheld_look(Pipeline *pipeline);

// first_start.c: true: some partition had no row yet, and its start is being written.
bool first_start(Lane *lane);

// claiming.c
void claiming_stop(Lane *lane, const char *what, const char *hint); // the whole process
void claiming_connect(Lane *lane);
// Asks for every partition of the lane that is not claimed, or writes down why one stopped.
void claiming_begin(Lane *lane);
bool claiming_is_complete(const Pipeline *pipeline);
