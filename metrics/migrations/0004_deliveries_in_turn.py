from importlib import import_module

from django.db import migrations

# As in 0002, but that two deliveries of one metric come one after the other where each made groups, which together were
# too many, or pushed the neighbour of the other's value, and nobody was asked about the leap between the two.
EARLIER = import_module("metrics.migrations.0002_functions")

RECEIVE = """
CREATE OR REPLACE FUNCTION metrics_receive(
    p_metric bigint, p_source bigint, p_at timestamptz, p_token bigint, p_person bigint, p_sha256 text, p_problems jsonb,
    p_most int, p_times float8, p_ahead int, p_group text[], p_day date[], p_value float8[], p_numerator float8[],
    p_denominator float8[], p_n int[], p_sum_of_squares float8[]
)
RETURNS TABLE (pull_id bigint, rows_new int, rows_changed int, rows_unchanged int, leaps boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_groups text[] := coalesce((SELECT array_agg(DISTINCT name) FROM unnest(p_group) AS name), '{""}');
    v_series bigint[];
    v_rows int := cardinality(p_day);
    v_first date := (SELECT min(day) FROM unnest(p_day) AS day);
    v_last date := (SELECT max(day) FROM unnest(p_day) AS day);
BEGIN
    PERFORM FROM metrics_series WHERE metric_id = p_metric ORDER BY id FOR NO KEY UPDATE;
    v_series := ARRAY(SELECT id FROM metrics_series WHERE metric_id = p_metric AND "group" = ANY (v_groups));
    IF cardinality(v_series) < cardinality(v_groups) THEN
        -- A series that is not there yet cannot be locked: who makes some holds the metric while they are counted.
        PERFORM FROM metrics_metric WHERE id = p_metric FOR NO KEY UPDATE;
        v_series := ARRAY(SELECT id FROM metrics_series WHERE metric_id = p_metric AND "group" = ANY (v_groups));
        IF cardinality(v_groups) - cardinality(v_series)
           + (SELECT count(*) FROM metrics_series WHERE metric_id = p_metric) > p_most THEN
            RETURN;  -- too many groups: no row says so, and nothing is written
        END IF;
        INSERT INTO metrics_series (metric_id, "group") SELECT p_metric, unnest(v_groups) ON CONFLICT DO NOTHING;
        PERFORM FROM metrics_series WHERE metric_id = p_metric ORDER BY id FOR NO KEY UPDATE;
        v_series := ARRAY(SELECT id FROM metrics_series WHERE metric_id = p_metric AND "group" = ANY (v_groups));
    END IF;
    -- Before its snapshots, which need it; what it brought is mended where it was not all new.
    INSERT INTO metrics_pull (source_id, state, started_at, finished_at, rows_new, rows_changed, rows_unchanged, error,
                              needs_a_person, understood, problems, token_id, person_id, content_sha256)
    VALUES (p_source, 'done', p_at, p_at, v_rows, 0, 0, '', false, '[]', p_problems, p_token, p_person, p_sha256)
    RETURNING id INTO pull_id;
    WITH series AS MATERIALIZED (
        SELECT id, "group" FROM metrics_series WHERE id = ANY (v_series)
    ), written AS (
        INSERT INTO metrics_snapshot AS s
               (series_id, day, value, numerator, denominator, n, sum_of_squares, pull_id)
        SELECT g.id, t.day, t.value, t.numerator, t.denominator, t.n, t.sum_of_squares, pull_id
          FROM unnest(p_group, p_day, p_value, p_numerator, p_denominator, p_n, p_sum_of_squares)
               AS t("group", day, value, numerator, denominator, n, sum_of_squares)
          JOIN series g ON g."group" = coalesce(t."group", '')
        ON CONFLICT (series_id, day) DO UPDATE
           SET value = excluded.value, numerator = excluded.numerator, denominator = excluded.denominator,
               n = excluded.n, sum_of_squares = excluded.sum_of_squares, pull_id = excluded.pull_id
         WHERE (s.value, s.numerator, s.denominator, s.n, s.sum_of_squares)
               IS DISTINCT FROM (excluded.value, excluded.numerator, excluded.denominator,
                                 excluded.n, excluded.sum_of_squares)
        RETURNING old.pull_id IS NOT NULL AS changed
    )
    SELECT count(*) FILTER (WHERE NOT changed), count(*) FILTER (WHERE changed)
      INTO rows_new, rows_changed FROM written;
    rows_unchanged := v_rows - rows_new - rows_changed;
    leaps := false;
    IF rows_new < v_rows THEN
        UPDATE metrics_pull AS p
           SET rows_new = metrics_receive.rows_new, rows_changed = metrics_receive.rows_changed,
               rows_unchanged = metrics_receive.rows_unchanged
         WHERE p.id = metrics_receive.pull_id;
    END IF;
    IF rows_new + rows_changed > 0 THEN
        UPDATE metrics_source SET news_at = p_at, failing_since = NULL WHERE id = p_source;
        leaps := EXISTS (
            SELECT FROM metrics_jump
             WHERE series_id = ANY (v_series) AND day BETWEEN v_first AND v_last + p_ahead AND answered_at IS NULL
        ) OR EXISTS (
            SELECT FROM unnest(v_series) AS g(id) CROSS JOIN LATERAL (
                SELECT value, lag(value) OVER (ORDER BY day) AS before
                  FROM metrics_snapshot
                 WHERE series_id = g.id AND value <> 0
                   AND day >= coalesce((SELECT max(day) FROM metrics_snapshot
                                         WHERE series_id = g.id AND day < v_first AND value <> 0), v_first)
                   AND day <= coalesce((SELECT min(day) FROM metrics_snapshot
                                         WHERE series_id = g.id AND day > v_last AND value <> 0), v_last)
            ) AS pair
            WHERE value * before > 0 AND NOT value / before BETWEEN 1 / p_times AND p_times
        );
    END IF;
    RETURN NEXT;
END $$;
"""

PUSH = """
CREATE OR REPLACE FUNCTION metrics_push(
    p_digest text, p_metric bigint, p_kind text, p_cadence text, p_per float8, p_zone text,
    p_at timestamptz, p_size float8, p_coarse interval, p_key text, p_request text, p_kept interval,
    p_answer text, p_sha256 text, p_times float8, p_ahead int,
    p_group text, p_day date, p_value float8, p_numerator float8, p_denominator float8, p_n int, p_sum_of_squares float8
)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_token bigint;
    v_is_stale boolean;
    v_source bigint;
    v_series bigint;
    v_before float8;
    v_after float8;
    v_next date;
    v_pull bigint;
    v_answer text;
BEGIN
    SELECT t.id, t.last_used_at IS NULL OR t.last_used_at < now() - p_coarse, s.id, r.id
      INTO v_token, v_is_stale, v_source, v_series
      FROM accounts_apitoken t
      JOIN accounts_organisation o ON o.id = t.organisation_id
      JOIN metrics_metric m ON m.id = p_metric AND m.organisation_id = t.organisation_id
      JOIN metrics_source s ON s.metric_id = m.id
      JOIN metrics_series r ON r.metric_id = m.id AND r."group" = p_group
     WHERE t.digest = p_digest AND t.scope = 'push' AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > p_at)
       AND o.time_zone = p_zone AND m.kind = p_kind AND m.cadence = p_cadence AND m.per = p_per AND s.kind = 'push'
       FOR NO KEY UPDATE OF r;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- Statements of their own: they see what another delivery wrote, and asked, before the series was ours.
    SELECT value INTO v_before FROM metrics_snapshot
     WHERE series_id = v_series AND day < p_day AND value <> 0 ORDER BY day DESC LIMIT 1;
    SELECT day, value INTO v_next, v_after FROM metrics_snapshot
     WHERE series_id = v_series AND day >= p_day ORDER BY day LIMIT 1;
    IF v_next = p_day OR v_after = 0
       OR EXISTS (SELECT FROM metrics_jump
                   WHERE series_id = v_series AND day BETWEEN p_day AND p_day + p_ahead AND answered_at IS NULL)
       OR p_value * v_before > 0 AND NOT p_value / v_before BETWEEN 1 / p_times AND p_times
       OR p_value * v_after > 0 AND NOT p_value / v_after BETWEEN 1 / p_times AND p_times THEN
        RETURN NULL;
    END IF;
    IF p_key IS NOT NULL THEN
        IF NOT pg_try_advisory_xact_lock(hashtextextended(p_key, v_token)) THEN
            RETURN NULL;
        END IF;
        -- A statement of its own: it sees what committed before the lock was ours.
        IF EXISTS (SELECT FROM accounts_answered WHERE token_id = v_token AND key = p_key) THEN
            RETURN NULL;
        END IF;
    END IF;
    -- Only now: nobody else with this token waits longer than the writing takes.
    IF NOT accounts_take('token:' || v_token, p_size) THEN
        RETURN NULL;
    END IF;
    INSERT INTO metrics_pull (source_id, state, started_at, finished_at, rows_new, rows_changed, rows_unchanged, error,
                              needs_a_person, understood, problems, token_id, content_sha256)
    VALUES (v_source, 'done', p_at, p_at, 1, 0, 0, '', false, '[]', '[]', v_token, p_sha256)
    RETURNING id INTO v_pull;
    INSERT INTO metrics_snapshot (series_id, day, value, numerator, denominator, n, sum_of_squares, pull_id)
    VALUES (v_series, p_day, p_value, p_numerator, p_denominator, p_n, p_sum_of_squares, v_pull);
    UPDATE metrics_source SET news_at = p_at, failing_since = NULL WHERE id = v_source;
    IF v_is_stale THEN
        UPDATE accounts_apitoken SET last_used_at = now() WHERE id = v_token;
    END IF;
    v_answer := format(p_answer, v_pull, 1, 0, 0, 0);
    IF p_key IS NOT NULL THEN
        INSERT INTO accounts_answered (token_id, key, digest, answer, at) VALUES (v_token, p_key, p_request, v_answer, now());
    END IF;
    RETURN v_answer;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("metrics", "0003_what_snapshots_need")]

    operations = [
        migrations.RunSQL(RECEIVE, EARLIER.RECEIVE),
        migrations.RunSQL(PUSH, EARLIER.PUSH),
    ]
