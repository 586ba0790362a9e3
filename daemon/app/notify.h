// SPDX-License-Identifier: Apache-2.0
// sd_notify(3) in the few lines that it takes: a datagram to $NOTIFY_SOCKET. Nothing happens without systemd.
#pragma once

void notify_systemd(const char *state); // "READY=1", "STATUS=…", "STOPPING=1"
