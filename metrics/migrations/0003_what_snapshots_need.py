import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('metrics', '0002_functions'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='snapshot',
            name='new_snapshots_have_series_and_pull',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='snapshot',
            name='changed_snapshots_keep_the_earlier',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='snapshot',
            trigger=pgtrigger.compiler.Trigger(name='new_snapshots_have_series_and_pull', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE one_series bigint; last_series bigint; one_pull bigint; last_pull bigint; locked bigint; series bigint[]; pulls bigint[]; exist boolean;', func="\n    SELECT min(series_id), max(series_id), min(pull_id), max(pull_id) INTO one_series, last_series, one_pull, last_pull FROM fresh;\n    IF one_series = last_series AND one_pull = last_pull THEN\n        PERFORM FROM metrics_series WHERE id = one_series FOR KEY SHARE;\n        exist := FOUND;\n        PERFORM FROM metrics_pull WHERE id = one_pull FOR KEY SHARE;\n        exist := exist AND FOUND;\n    END IF;\n    IF exist IS NOT TRUE THEN\n        series := ARRAY(SELECT DISTINCT series_id FROM fresh);\n        IF cardinality(series) = 0 THEN\n            RETURN NULL;\n        END IF;\n        pulls := ARRAY(SELECT DISTINCT pull_id FROM fresh);\n        PERFORM FROM metrics_series WHERE id = ANY (series) FOR KEY SHARE;\n        GET DIAGNOSTICS locked = ROW_COUNT;\n        IF locked < cardinality(series) THEN\n            RAISE EXCEPTION 'pilotlight: a snapshot of no series' USING ERRCODE = 'foreign_key_violation';\n        END IF;\n        PERFORM FROM metrics_pull WHERE id = ANY (pulls) FOR KEY SHARE;\n        GET DIAGNOSTICS locked = ROW_COUNT;\n        IF locked < cardinality(pulls) THEN\n            RAISE EXCEPTION 'pilotlight: a snapshot of no pull' USING ERRCODE = 'foreign_key_violation';\n        END IF;\n    END IF;\n    RETURN NULL;\n", hash='24f3b6734192eb2d9950c2d3b145c8a841c216f1', level='STATEMENT', operation='INSERT', pgid='pgtrigger_new_snapshots_have_series_and_pull_8bf05', referencing='REFERENCING NEW TABLE AS fresh ', table='metrics_snapshot', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='snapshot',
            trigger=pgtrigger.compiler.Trigger(name='changed_snapshots_keep_the_earlier', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE one_series bigint; last_series bigint; one_pull bigint; last_pull bigint; locked bigint; series bigint[]; pulls bigint[]; exist boolean;', func="\n    SELECT min(series_id), max(series_id), min(pull_id), max(pull_id) INTO one_series, last_series, one_pull, last_pull FROM fresh;\n    IF one_series = last_series AND one_pull = last_pull THEN\n        PERFORM FROM metrics_series WHERE id = one_series FOR KEY SHARE;\n        exist := FOUND;\n        PERFORM FROM metrics_pull WHERE id = one_pull FOR KEY SHARE;\n        exist := exist AND FOUND;\n    END IF;\n    IF exist IS NOT TRUE THEN\n        series := ARRAY(SELECT DISTINCT series_id FROM fresh);\n        IF cardinality(series) = 0 THEN\n            RETURN NULL;\n        END IF;\n        pulls := ARRAY(SELECT DISTINCT pull_id FROM fresh);\n        PERFORM FROM metrics_series WHERE id = ANY (series) FOR KEY SHARE;\n        GET DIAGNOSTICS locked = ROW_COUNT;\n        IF locked < cardinality(series) THEN\n            RAISE EXCEPTION 'pilotlight: a snapshot of no series' USING ERRCODE = 'foreign_key_violation';\n        END IF;\n        PERFORM FROM metrics_pull WHERE id = ANY (pulls) FOR KEY SHARE;\n        GET DIAGNOSTICS locked = ROW_COUNT;\n        IF locked < cardinality(pulls) THEN\n            RAISE EXCEPTION 'pilotlight: a snapshot of no pull' USING ERRCODE = 'foreign_key_violation';\n        END IF;\n    END IF;\n\n    INSERT INTO metrics_snapshotrevision (series_id, day, value, numerator, denominator, n, sum_of_squares, pull_id, replaced_at, replaced_by_id)\n    SELECT g.series_id, g.day, g.value, g.numerator, g.denominator, g.n, g.sum_of_squares, g.pull_id,\n           p.started_at, f.pull_id\n      FROM gone g JOIN fresh f ON f.series_id = g.series_id AND f.day = g.day JOIN metrics_pull p ON p.id = f.pull_id\n     WHERE (g.value, g.numerator, g.denominator, g.n, g.sum_of_squares)\n           IS DISTINCT FROM (f.value, f.numerator, f.denominator, f.n, f.sum_of_squares);\n    RETURN NULL;\n", hash='31a70c5c9c89baa01255fa28767eab11544e59ef', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_changed_snapshots_keep_the_earlier_80ecc', referencing='REFERENCING OLD TABLE AS gone  NEW TABLE AS fresh ', table='metrics_snapshot', when='AFTER')),
        ),
    ]
