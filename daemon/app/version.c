// SPDX-License-Identifier: Apache-2.0
#include "app/version.h"

#include <libconfig.h>
#include <libpq-fe.h>
#include <librdkafka/rdkafka.h>
#include <nettle/version.h>
#include <stdio.h>
#include <yyjson.h>

#include "build_info.h"

void version_print(void) {
        int pq = PQlibVersion();
        printf("kepud %s (commit %s)\n", KEPUD_VERSION, KEPUD_COMMIT);
        printf("librdkafka %s\n", rd_kafka_version_str());
        printf("libpq %d.%d\n", pq / 10000, pq % 10000);
        printf("libconfig %d.%d.%d\n", LIBCONFIG_VER_MAJOR, LIBCONFIG_VER_MINOR, LIBCONFIG_VER_REVISION);
        printf("yyjson %s (%s)\n", YYJSON_VERSION_STRING, KEPUD_YYJSON_ORIGIN);
        printf("nettle %d.%d\n", nettle_version_major(), nettle_version_minor());
}
