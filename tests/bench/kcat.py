# SPDX-License-Identifier: Apache-2.0
"""What a pipe of two ready-made programs does: kcat | psql, COPY into one jsonb column, one transaction. It checks
nothing, recognises no duplicates, keeps no offsets and loses or doubles whatever was under way when it ends."""
import shutil
import subprocess
import time

from end_to_end import DONE, beside, conditions, figures_of, make_topic, run_daemons, sections_of, told

# Delimiter and quote that JSON cannot hold: each line is one value as it stands.
COPY = r"COPY raw_event FROM STDIN WITH (FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01')"


def piped(stand, topic):
    """Seconds."""
    with stand.database("template1") as database:
        database.rows("CREATE TABLE raw_event (event jsonb)")
        database.rows("CHECKPOINT")
        started = time.monotonic()
        reader = subprocess.Popen(["kcat", "-C", "-q", "-e", "-u", "-b", stand.broker.bootstrap, "-t", topic.name,
                                   "-o", "beginning"], stdout=subprocess.PIPE)
        writer = subprocess.run(["psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", database.conninfo, "-c", COPY],
                                stdin=reader.stdout, check=False)
        reader.stdout.close()
        assert (reader.wait(), writer.returncode) == (0, 0), f"{reader.returncode} and {writer.returncode}"
        seconds = time.monotonic() - started
        count = database.value("SELECT count(*) FROM raw_event")
        assert count == topic.events, f"{count} of {topic.events} events"
        return seconds


def one_run(stand, topic, options):
    with stand.folder() as folder, stand.fresh() as database:
        figures = figures_of(run_daemons(stand, folder, database, topic, sections_of(options)), topic)
        assert database.value(DONE, topic.name) == topic.events
    chosen = {"end_to_end_events_per_s": figures["end_to_end_events_per_s"]}
    beside(chosen, "kcat_psql_events_per_s", "ratio_kcat_psql", piped(stand, topic), topic.events)
    return chosen


def kcat(stand, options, notebook):
    if not shutil.which("kcat"):
        notebook.without("kcat", "kcat is not installed")
        return
    topic = make_topic(stand, options, "visits")
    runs = [told(number, one_run(stand, topic, options)) for number in range(options.runs)]
    notebook.add("kcat", "kcat | psql COPY, one jsonb column", runs, stand.settings, **conditions(options))
