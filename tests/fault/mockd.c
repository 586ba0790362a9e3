// SPDX-License-Identifier: Apache-2.0
// librdkafka's mock cluster as a process that can be made to fail: mockd BROKERS TOPIC:PARTITIONS… prints where it
// listens, then takes a command on each line of standard input and answers "ok", a number, or "error TEXT". It ends
// with its input. Traps: a broker that was ever told `late` for an ApiKey knows no `errors` for it any more; Metadata
// answers take no errors but a topic's; transactions, deleted or growing topics and compaction do not exist; damaged
// records are stored as they come.
//   down BROKER, up BROKER             -1: all of them
//   rtt BROKER MS                      every answer takes this long
//   leader TOPIC PARTITION BROKER      -1: nobody leads it
//   coordinator GROUP BROKER
//   errors KEY COUNT ERROR             the next COUNT requests with this ApiKey, until they are cleared
//   clear KEY
//   late BROKER KEY COUNT ERROR MS     the same at one broker, after so many ms; these cannot be cleared
//   left BROKER KEY                    how many of those nobody has asked for yet
//   topic TOPIC ERROR                  what Metadata says of it; 0: nothing is wrong
#include <librdkafka/rdkafka.h>
// Needs the header above it.
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kafka/broker.h"

enum { WORDS = 6, MAX_ERRORS = 100000, MAX_BROKERS = 16 };

typedef rd_kafka_mock_cluster_t Cluster;
typedef rd_kafka_resp_err_t Answer;

static int number(const char *word) {
        return (int)strtol(word, NULL, 10);
}

static Answer down(Cluster *cluster, char **word) {
        return rd_kafka_mock_broker_set_down(cluster, number(word[1]));
}

static Answer up(Cluster *cluster, char **word) {
        return rd_kafka_mock_broker_set_up(cluster, number(word[1]));
}

static Answer rtt(Cluster *cluster, char **word) {
        return rd_kafka_mock_broker_set_rtt(cluster, number(word[1]), number(word[2]));
}

static Answer leader(Cluster *cluster, char **word) {
        return rd_kafka_mock_partition_set_leader(cluster, word[1], number(word[2]), number(word[3]));
}

static Answer coordinator(Cluster *cluster, char **word) {
        return rd_kafka_mock_coordinator_set(cluster, "group", word[1], number(word[2]));
}

static Answer errors(Cluster *cluster, char **word) {
        Answer error = (Answer)number(word[3]);
        for (int i = 0; i < number(word[2]) && i < MAX_ERRORS; i++)
                rd_kafka_mock_push_request_errors_array(cluster, (int16_t)number(word[1]), 1, &error);
        return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static Answer late(Cluster *cluster, char **word) {
        Answer answer = RD_KAFKA_RESP_ERR_NO_ERROR;
        for (int i = 0; i < number(word[3]) && i < MAX_ERRORS && answer == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
                answer = rd_kafka_mock_broker_push_request_error_rtts(cluster, number(word[1]),
                                                                      (int16_t)number(word[2]), 1,
                                                                      (Answer)number(word[4]), number(word[5]));
        return answer;
}

static Answer left(Cluster *cluster, char **word) {
        size_t count = 0;
        Answer answer =
                rd_kafka_mock_broker_error_stack_cnt(cluster, number(word[1]), (int16_t)number(word[2]), &count);
        if (answer == RD_KAFKA_RESP_ERR_NO_ERROR)
                printf("%zu ", count);
        return answer;
}

static Answer clear(Cluster *cluster, char **word) {
        rd_kafka_mock_clear_request_errors(cluster, (int16_t)number(word[1]));
        return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static Answer topic(Cluster *cluster, char **word) {
        rd_kafka_mock_topic_set_error(cluster, word[1], (Answer)number(word[2]));
        return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static const struct {
        const char *name;
        int words;
        Answer (*run)(Cluster *cluster, char **word);
} commands[] = {
        {"down", 2, down},
        {"up", 2, up},
        {"rtt", 3, rtt},
        {"leader", 4, leader},
        {"coordinator", 3, coordinator},
        {"errors", 4, errors},
        {"clear", 2, clear},
        {"late", 6, late},
        {"left", 3, left},
        {"topic", 3, topic},
};

static void obey(Cluster *cluster, char *line) {
        char *word[WORDS];
        char *rest = NULL;
        int count = 0;
        for (char *at = strtok_r(line, " \n", &rest); at && count < WORDS; at = strtok_r(NULL, " \n", &rest))
                word[count++] = at;
        for (size_t i = 0; count > 0 && i < sizeof(commands) / sizeof(*commands); i++) {
                if (strcmp(commands[i].name, word[0]) != 0 || commands[i].words != count)
                        continue;
                Answer answer = commands[i].run(cluster, word);
                if (answer == RD_KAFKA_RESP_ERR_NO_ERROR)
                        puts("ok");
                else
                        printf("error %s\n", rd_kafka_err2str(answer));
                return;
        }
        puts("error no such command");
}

int main(int argc, char **argv) {
        Error error = ERROR_NULL;
        char line[256];
        int brokers = argc > 2 ? number(argv[1]) : 0;
        if (brokers < 1 || brokers > MAX_BROKERS)
                return 64;
        Broker *broker = broker_new(brokers, (const char *const *)argv + 2, &error);
        if (!broker) {
                fprintf(stderr, "mockd: %s\n", error.text);
                return 1;
        }
        puts(broker_bootstrap(broker));
        fflush(stdout);
        while (fgets(line, sizeof(line), stdin)) {
                obey(broker_cluster(broker), line);
                fflush(stdout);
        }
        _exit(0); // librdkafka's threads may take their time to end
}
