from django.db import migrations

# A delivery: its series locked (or made), what it restates kept, its values and its pull written, its source's news told.
# A function, because each request of the API calls it: its plans are kept with the connection, it is one round trip,
# and each of its statements sees what committed while it waited for the lock. ``p_pull`` holds the pull's other columns.
RECEIVE = """
CREATE FUNCTION metrics_receive(
    p_metric bigint, p_pull jsonb, p_most int, p_group text[], p_day date[], p_value float8[], p_numerator float8[],
    p_denominator float8[], p_n int[], p_sum_of_squares float8[]
)
RETURNS TABLE (pull_id bigint, rows_new int, rows_changed int, rows_unchanged int)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_groups text[] := coalesce((SELECT array_agg(DISTINCT name) FROM unnest(p_group) AS name), '{""}');
    v_known int;
    v_written int;
    v_changed int;
    v_at timestamptz := p_pull ->> 'finished_at';
BEGIN
    PERFORM FROM metrics_series WHERE metric_id = p_metric ORDER BY id FOR NO KEY UPDATE;
    SELECT count(*) INTO v_known FROM metrics_series WHERE metric_id = p_metric AND "group" = ANY (v_groups);
    IF v_known < cardinality(v_groups) THEN
        IF cardinality(v_groups) - v_known + (SELECT count(*) FROM metrics_series WHERE metric_id = p_metric) > p_most THEN
            RETURN;  -- too many groups: no row says so, and nothing is written
        END IF;
        INSERT INTO metrics_series (metric_id, "group") SELECT p_metric, unnest(v_groups) ON CONFLICT DO NOTHING;
        PERFORM FROM metrics_series WHERE metric_id = p_metric ORDER BY id FOR NO KEY UPDATE;
    END IF;
    WITH series AS MATERIALIZED (
        SELECT id, "group" FROM metrics_series WHERE metric_id = p_metric AND "group" = ANY (v_groups)
    ), incoming AS (
        SELECT s.id AS series_id, t.day, t.value, t.numerator, t.denominator, t.n, t.sum_of_squares
          FROM unnest(p_group, p_day, p_value, p_numerator, p_denominator, p_n, p_sum_of_squares)
               AS t("group", day, value, numerator, denominator, n, sum_of_squares)
          JOIN series s ON s."group" = coalesce(t."group", '')
    ), pull AS MATERIALIZED (
        SELECT nextval(pg_get_serial_sequence('metrics_pull', 'id')) AS id
    ), earlier AS (
        INSERT INTO metrics_snapshotrevision
               (series_id, day, value, numerator, denominator, n, sum_of_squares, pull_id, replaced_at, replaced_by_id)
        SELECT s.series_id, s.day, s.value, s.numerator, s.denominator, s.n, s.sum_of_squares, s.pull_id, v_at,
               (SELECT id FROM pull)
          FROM metrics_snapshot s JOIN incoming i ON i.series_id = s.series_id AND i.day = s.day
         WHERE (s.value, s.numerator, s.denominator, s.n, s.sum_of_squares)
               IS DISTINCT FROM (i.value, i.numerator, i.denominator, i.n, i.sum_of_squares)
        RETURNING 1
    ), written AS (
        INSERT INTO metrics_snapshot AS s
               (series_id, day, value, numerator, denominator, n, sum_of_squares, pull_id)
        SELECT series_id, day, value, numerator, denominator, n, sum_of_squares, (SELECT id FROM pull) FROM incoming
        ON CONFLICT (series_id, day) DO UPDATE
           SET value = excluded.value, numerator = excluded.numerator, denominator = excluded.denominator,
               n = excluded.n, sum_of_squares = excluded.sum_of_squares, pull_id = excluded.pull_id
         WHERE (s.value, s.numerator, s.denominator, s.n, s.sum_of_squares)
               IS DISTINCT FROM (excluded.value, excluded.numerator, excluded.denominator,
                                 excluded.n, excluded.sum_of_squares)
        RETURNING 1
    ), counted AS (
        SELECT (SELECT count(*) FROM written)::int AS written, (SELECT count(*) FROM earlier)::int AS changed
    ), kept AS (
        INSERT INTO metrics_pull
        SELECT one.* FROM pull, counted, jsonb_populate_record(NULL::metrics_pull, p_pull || jsonb_build_object(
            'id', pull.id, 'rows_new', written - changed, 'rows_changed', changed,
            'rows_unchanged', cardinality(p_day) - written)) AS one
    )
    SELECT pull.id, written, changed INTO pull_id, v_written, v_changed FROM pull, counted;
    IF v_written > 0 THEN
        UPDATE metrics_source SET news_at = v_at, failing_since = NULL WHERE id = (p_pull ->> 'source_id')::bigint;
    END IF;
    rows_new := v_written - v_changed;
    rows_changed := v_changed;
    rows_unchanged := cardinality(p_day) - v_written;
    RETURN NEXT;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [('metrics', '0003_deliveries')]

    operations = [migrations.RunSQL(RECEIVE, 'DROP FUNCTION metrics_receive')]
