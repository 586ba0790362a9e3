// SPDX-License-Identifier: Apache-2.0
// The whole pure path of one message: bytes → JSON → envelope → members → rules → time window → content → rows.
// No I/O, no logging, no clock: `now_us` comes in. Memory from `arena`; spans of the event may point into the
// message.
#pragma once
#include "event/catalogue.h"
#include "event/message.h"
#include "event/reject.h"

typedef struct Judge Judge; // scratch memory that is reused from message to message

// `only_stored`: types whose tables are not filled yet are E_TYPE_UNKNOWN (the daemon), instead of judged (validate).
Judge *judge_new(const Catalogue *catalogue, bool only_stored);
Judge *judge_free(Judge *judge);
// Events whose time lies more than so many days back are E_TIME_TOO_OLD; 0: none are.
void judge_set_window(Judge *judge, int64_t days);

// True: `event` is filled (without rows; see judge_normalize). False: `why` says where and why; of `event` then only
// what was read so far is set (id, source, type may be empty), which is what the dead letter shows.
bool judge_message(Judge *judge, const Message *message, int64_t now_us, Arena *arena, Event *event, Reject *why);

// Fills rows and mentions of the event that judge_message() has just accepted, of a stored type. All that the event
// holds afterwards (id, source, rows, mentions) is in `arena` or in the message's value, which has to live as long:
// the memory that judge_message() used may go. The members (`slots`) are gone.
void judge_normalize(Judge *judge, Arena *arena, Event *event);

// The record key that producers should use: extension partitionkey, else the declared member, else the id.
Span judge_record_key(const Event *event);
