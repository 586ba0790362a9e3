// SPDX-License-Identifier: Apache-2.0
#include "app/catalogue_option.h"

#include <stdio.h>
#include <unistd.h>

#include "app/config.h"
#include "base/memory.h"
#include "build_info.h"

static void report(void *userdata, const char *line) {
        (void)userdata;
        fprintf(stderr, "%s\n", line);
}

Catalogue *catalogue_option(const char *folder, const char *file, int64_t *ret_window_days) {
        static const char installed[] = KEPUD_DATADIR "/catalogue";
        if (ret_window_days)
                *ret_window_days = 0;
        if (folder)
                return catalogue_load(folder, report, NULL);
        if (access(file, F_OK) != 0) {
                if (access(installed, F_OK) == 0)
                        return catalogue_load(installed, report, NULL);
                fprintf(stderr, "kepud: neither %s nor %s is there; name the declarations with --catalogue FOLDER\n",
                        file, installed);
                return NULL;
        }
        Config *config = config_load(file);
        Catalogue *catalogue = config ? config_catalogue(config) : NULL;
        if (config && ret_window_days)
                *ret_window_days = config->dedup_window_days;
        config_free(config);
        return catalogue;
}
